import Analytics
import Inference
import Kernel
import Registry
import Testing

@testable import Serving

@Suite("Confidence", .serialized)
struct ConfidenceTests {
    private static func calibration(_ residuals: [Double?]) throws -> Calibration {
        try Calibration(
            SampleTable(
                rowCount: residuals.count,
                columns: [SampleTable.Column(name: "residual", values: .numbers(residuals))]
            )
        )
    }

    private static func output(_ name: String, _ values: Tensor.Values, _ shape: [Int]) throws -> NamedTensor {
        NamedTensor(name: name, tensor: try Tensor(values, shape: shape))
    }

    @Test("of a number goes as far as the ⌈(n + 1) · coverage⌉-th smallest distance of the calibration")
    func margins() throws {
        let nine = try Self.calibration([-9, 8, 7, -6, nil, 5, 4, -3, 2, 1, .nan])
        #expect(nine.rowCount == 9)
        #expect(try nine.margin(coverage: 0.9) == 9)
        #expect(try nine.margin(coverage: 0.5) == 5)
        #expect(try nine.margin(coverage: 0.41) == 5)
        #expect(try nine.margin(coverage: 0.05) == 1)
        let error = #expect(throws: MartletError.self) { _ = try nine.margin(coverage: 0.91) }
        #expect(error?.message.contains("can be at most 0.9 with the 9 rows") == true, "\(error?.message ?? "")")
        #expect(throws: MartletError.self) { _ = try Self.calibration([nil]) }
        let pairs = SampleTable(
            rowCount: 3,
            columns: [
                SampleTable.Column(name: "prediction", values: .numbers([1, 2, 3])),
                SampleTable.Column(name: "target", values: .numbers([1.5, nil, 1])),
            ]
        )
        #expect(try Calibration(pairs).margin(coverage: 0.6) == 2)
    }

    @Test("holds the truth as often as it says, for numbers that were not calibrated on")
    func coverage() throws {
        var generator = SplitMix64(seed: 5)
        func noise() -> Double {
            // Heavier tails on one side: nothing is asked of the distribution.
            let number = Double.random(in: 0..<1, using: &generator)
            return number < 0.8 ? number : 4 * number
        }
        var held = 0
        for _ in 0..<400 {
            let margin = try Self.calibration((0..<99).map { _ in noise() }).margin(coverage: 0.9)
            for _ in 0..<10 where abs(noise()) <= margin { held += 1 }
        }
        // The expectation is 0.9, and 0.91 at most.
        #expect((3_520...3_720).contains(held), "\(held)")
    }

    @Test("of classes is the probability of the class that the model names, else of the most probable one")
    func classes() throws {
        let names = try Tensor(.string(["cat", "dog"]), shape: [2])
        let map = NamedTensor(
            name: "probabilities",
            tensor: try Tensor(.float([0.25, 0.75, 0.5, 0.5]), shape: [2, 2]),
            classes: names
        )
        let label = try Self.output("label", .string(["cat", "dog"]), [2])
        #expect(
            Confidence.byClass([label, map], rows: 2) == [
                .classProbability(0.25, of: "cat"), .classProbability(0.5, of: "dog"),
            ]
        )
        #expect(
            Confidence.byClass([map], rows: 2) == [
                .classProbability(0.75, of: "dog"), .classProbability(0.5, of: "cat"),
            ]
        )
        #expect(Confidence.byClass([map], rows: 1) == nil, "two rows for one that was asked")
        let score = try Tensor(.float([2.31, -2.31]), shape: [1, 2])
        let scores = NamedTensor(name: "scores", tensor: score, classes: names)
        #expect(Confidence.byClass([scores], rows: 1) == nil, "scores by class are no probabilities")
        let beside = [scores, try Self.output("p", .double([0.25, 0.75]), [1, 2])]
        #expect(Confidence.byClass(beside, rows: 1) == [.classProbability(0.75, of: nil)])
        let plain = try Self.output("p", .double([0.1, 0.2, 0.7]), [1, 3])
        #expect(Confidence.byClass([plain], rows: 1) == [.classProbability(0.7, of: nil)])
        for (values, shape) in [([0.5, 0.6], [1, 2]), ([1.5, -0.5], [1, 2]), ([0.5], [1, 1]), ([0.5, 0.5], [2])] {
            #expect(Confidence.byClass([try Self.output("y", .double(values), shape)], rows: shape[0]) == nil)
        }
    }

    @Test("comes with a prediction and with each of many, and only when it is asked for")
    func answers() async throws {
        try await withServing { world in
            let service = try await ContractTests.flowers(world)
            let rows = try Fixture("iris_str").rows
            let wants = ", \"options\": {\"return_confidence\": true}"
            let one = try await service.predict(ContractTests.body("\(rows[0])", more: wants))
            let confidence = try #require(one["confidence"]?.objectValue)
            let label = one["prediction"]?.objectValue?["output_label"]
            #expect(confidence["method"] == "class_probability" && confidence["class"] == label)
            let probabilities = one["prediction"]?.objectValue?["output_probability"]?.objectValue
            let probability = try #require(probabilities?[label?.stringValue ?? ""]?.doubleValue)
            #expect(abs((confidence["probability"]?.doubleValue ?? 0) - probability) < 1e-7)
            let many = try await service.predictBatch(ContractTests.body("\(rows)", more: wants))
            #expect(many["confidences"]?.arrayValue?.count == rows.count && many["explanations"] == nil)
            let plain = try await service.predict(ContractTests.body("\(rows[0])", more: ", \"options\": {\"x\": 1}"))
            #expect(plain["confidence"] == nil && plain["prediction"] == one["prediction"])
            let wrong = ContractTests.body("\(rows[0])", more: ", \"options\": {\"return_confidence\": 1}")
            #expect(
                await refusal { _ = try await service.predict(wrong) }.contains("\"return_confidence\" must be true")
            )
        }
    }

    @Test("of a model that answers numbers is an interval, if the version has a calibration")
    func intervals() async throws {
        try await withServing { world in
            let reader: SampleReader = { kind, name, version in
                guard kind == .calibration, name == "scores", version == 2 else { return nil }
                let residuals = (1...19).map { Double?(Double($0) / 100) }
                let column = SampleTable.Column(name: "residual", values: .numbers(residuals))
                return SampleTable(rowCount: 19, columns: [column])
            }
            let service = try world.makeService(samples: reader)
            try await world.register("scores", fixture: "mlp")
            try await world.register("scores", fixture: "mlp")
            let row = try Fixture("mlp").rows[0]
            func ask(_ options: String) async throws -> JSONObject {
                try await service.predict(
                    "{\"model_name\": \"scores\", \"inputs\": \(row), \"options\": {\"return_confidence\": true\(options)}}"
                )
            }
            _ = try await service.deploy("scores", .number(1), by: world.actor)
            let none = await refusal { _ = try await ask("") }
            #expect(none.contains("needs martlet/calibration.parquet or .csv beside the model"), "\(none)")
            _ = try await service.deploy("scores", .number(2), by: world.actor)
            let answer = try await ask(", \"coverage\": 0.8")
            let confidence = try #require(answer["confidence"]?.objectValue)
            let prediction = try #require(answer["prediction"]?.doubleValue)
            #expect(confidence["method"] == "conformal_interval" && confidence["calibration_rows"] == 19)
            #expect(confidence["coverage"] == .number(0.8))
            #expect(abs((confidence["lower"]?.doubleValue ?? 0) - (prediction - 0.16)) < 1e-6)
            #expect(abs((confidence["upper"]?.doubleValue ?? 0) - (prediction + 0.16)) < 1e-6)
            #expect(await refusal { _ = try await ask(", \"coverage\": 0.96") }.contains("at most 0.95"))
        }
    }

    @Test("of an ensemble is told of classes, and never by what was measured of one version")
    func ensembles() async throws {
        let reader: SampleReader = { _, _, _ in
            let residuals = (1...19).map { Double?(Double($0) / 100) }
            let column = SampleTable.Column(name: "residual", values: .numbers(residuals))
            return SampleTable(rowCount: 19, columns: [column])
        }
        let wants = "\"options\": {\"return_confidence\": true}"
        try await withServing { world in
            let service = try await ExplanationTests.makeEnsemble("mlp", world, reader)
            let row = try Fixture("mlp").rows[0]
            let body = "{\"model_name\": \"scores\", \"inputs\": \(row), \(wants)}"
            let told = await refusal { _ = try await service.predict(body) }
            #expect(told.hasPrefix("INVALID_PARAMETER_VALUE: The confidence of an ensemble"), "\(told)")
            let named = "{\"model_name\": \"scores\", \"model_version\": \"2\", \"inputs\": \(row), \(wants)}"
            let alone = try await service.predict(named)["confidence"]?.objectValue
            #expect(alone?["method"] == "conformal_interval", "who names a version asks no ensemble")
        }
        try await withServing { world in
            let service = try await ExplanationTests.makeEnsemble("gbdt", world, reader)
            let row = try Fixture("gbdt").rows[0]
            let body = "{\"model_name\": \"scores\", \"inputs\": \(row), \(wants)}"
            let confidence = try await service.predict(body)["confidence"]?.objectValue
            #expect(confidence?["method"] == "class_probability")
        }
    }
}
