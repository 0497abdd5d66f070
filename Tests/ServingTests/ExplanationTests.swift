import Analytics
import Foundation
import Inference
import Kernel
import Registry
import Synchronization
import Testing

@testable import Serving

@Suite("An explanation", .serialized)
struct ExplanationTests {
    /// What the package shap says of a model; made by `make_explanations.py`.
    private struct Truth {
        let background: SampleTable
        let explanations: [JSONObject]

        init(_ model: String, columns: [String]) throws {
            let document = try JSON.parse(Fixture.bytes("explanations.json")).objectValue?[model]?.objectValue
            let rows = (document?["background"]?.arrayValue ?? []).map {
                ($0.arrayValue ?? []).map(\.doubleValue)
            }
            background = SampleTable(
                rowCount: rows.count,
                columns: columns.enumerated().map { index, name in
                    SampleTable.Column(name: name, values: .numbers(rows.map { $0[index] }))
                }
            )
            explanations = (document?["explanations"]?.arrayValue ?? []).compactMap(\.objectValue)
        }

        var reader: SampleReader {
            { [background] kind, _, _ in kind == .background ? background : nil }
        }
    }

    private static let numbers = (0..<16).map { "x\($0)" }
    private static let wants = "\"options\": {\"return_explanation\": true, \"seed\": 7}"

    private static func values(_ explanation: JSONObject?) -> [Double] {
        (explanation?["values"]?.objectValue?.members ?? []).compactMap(\.value.doubleValue)
    }

    private static func isWhole(_ explanation: JSONObject?) -> Bool {
        guard let base = explanation?["base_value"]?.doubleValue, let end = explanation?["prediction"]?.doubleValue
        else { return false }
        return abs(base + values(explanation).reduce(0, +) - end) < 1e-6
    }

    @Test("of a few inputs is that of shap, value by value")
    func exact() async throws {
        try await withServing { world in
            let truth = try Truth("iris_str", columns: ["sl", "sw", "pl", "pw"])
            let columns = ["sl", "sw", "pl", "pw"].map { (name: $0, type: "double") }
            let document = ServingWorld.document(inputs: ServingWorld.columns(columns))
            try await world.register("flowers", fixture: "iris_str", document: document)
            let service = try world.makeService(samples: truth.reader)
            _ = try await service.deploy("flowers", .number(1), by: world.actor)
            let rows = truth.explanations.compactMap { $0["row"]?.text }
            let body = "{\"model_name\": \"flowers\", \"inputs\": [\(rows.joined(separator: ","))], \(Self.wants)}"
            let answer = try await service.predictBatch(body)
            let ours = (answer["explanations"]?.arrayValue ?? []).map(\.objectValue)
            #expect(ours.count == truth.explanations.count && rows.count == 4)
            for (own, theirs) in zip(ours, truth.explanations) {
                #expect(own?["method"] == "exact" && own?["class"] == theirs["class"])
                #expect(own?["background_rows"] == 40 && own?["evaluations"] == 640)
                #expect(own?["values"]?.objectValue?.members.map(\.name) == ["sl", "sw", "pl", "pw"])
                let expected = (theirs["values"]?.arrayValue ?? []).compactMap(\.doubleValue)
                #expect(Self.values(own).count == 4 && expected.count == 4)
                for (value, other) in zip(Self.values(own), expected) {
                    #expect(abs(value - other) < 1e-5, "\(value) and \(other)")
                }
                #expect(abs((own?["base_value"]?.doubleValue ?? 9) - (theirs["base"]?.doubleValue ?? 0)) < 1e-6)
                #expect(Self.isWhole(own))
            }
            #expect(answer["confidences"] == nil)
        }
    }

    @Test("of many inputs is near that of shap, sums up exactly, and is the same again by the same seed")
    func sampled() async throws {
        try await withServing { world in
            let truth = try Truth("mlp", columns: Self.numbers)
            try await world.register("scores", fixture: "mlp")
            let service = try world.makeService(samples: truth.reader)
            _ = try await service.deploy("scores", .number(1), by: world.actor)
            for theirs in truth.explanations {
                let row = theirs["row"]?.text ?? ""
                let body = "{\"model_name\": \"scores\", \"inputs\": \(row), \(Self.wants)}"
                let own = try await service.predict(body)["explanation"]?.objectValue
                #expect(own?["method"] == "permutation" && own?["permutations"] == 40 && own?["seed"] == 7)
                #expect(own?["class"] == nil && own?["evaluations"] == .integer((2 + 40 * 15) * 20))
                let expected = (theirs["values"]?.arrayValue ?? []).compactMap(\.doubleValue)
                #expect(expected.count == 16 && Self.values(own).count == 16)
                for (value, other) in zip(Self.values(own), expected) {
                    #expect(abs(value - other) < 0.01, "\(value) and \(other)")
                }
                #expect(Self.isWhole(own))
                #expect(try await service.predict(body)["explanation"]?.objectValue == own)
                // Most values are less than the error of one seed, which eight seeds nearly cancel.
                var sums = Self.values(own)
                for seed in 8..<15 {
                    let other = body.replacing("\"seed\": 7", with: "\"seed\": \(seed)")
                    let values = Self.values(try await service.predict(other)["explanation"]?.objectValue)
                    #expect(values != Self.values(own))
                    sums = zip(sums, values).map { $0 + $1 }
                }
                #expect(sums.count == 16)
                for (value, other) in zip(sums.map { $0 / 8 }, expected) {
                    #expect(abs(value - other) < 0.002 + 0.05 * abs(other), "\(value) and \(other)")
                }
            }
        }
    }

    @Test("is refused before the model is asked where there is nothing to explain against, or too much")
    func refusals() async throws {
        try await withServing { world in
            let service = try await ContractTests.flowers(world)
            let row = try Fixture("iris_str").rows[0]
            let none = await refusal {
                _ = try await service.predict(ContractTests.body("\(row)", more: ", \(Self.wants)"))
            }
            #expect(
                none.hasPrefix("INVALID_PARAMETER_VALUE: An explanation needs martlet/reference.parquet"),
                "\(none)"
            )
            let rows = [[Double]](repeating: row, count: 21)
            let many = await refusal {
                _ = try await service.predictBatch(ContractTests.body("\(rows)", more: ", \(Self.wants)"))
            }
            #expect(many.contains("At most 20 rows are explained at once, found 21"))
            let records = try await world.log.page(limit: 10).records
            #expect(records.map(\.status) == [400, 400])
            let wrong = SampleTable(rowCount: 1, columns: [SampleTable.Column(name: "sl", values: .numbers([1]))])
            let other = try world.makeService(samples: { _, _, _ in wrong })
            try await other.restore()
            let lacking = await refusal {
                _ = try await other.predict(ContractTests.body("\(row)", more: ", \(Self.wants)"))
            }
            #expect(lacking.contains("has no column \"sw\", which the model takes"))
        }
    }

    @Test("leaves the answers that are kept and the requests that wait to others")
    func apart() async throws {
        try await withServing { world in
            let truth = try Truth("mlp", columns: Self.numbers)
            let cache = ResultCache(bytesMax: 1 << 20)
            let service = try world.makeService(cache: cache, samples: truth.reader)
            try await world.register("scores", fixture: "mlp")
            _ = try await service.deploy("scores", .number(1), try EndpointWishes(caching: true), by: world.actor)
            let row = try Fixture("mlp").rows[0]
            let body = "{\"model_name\": \"scores\", \"inputs\": \(row), \(Self.wants)}"
            for _ in 0..<2 {
                let answer = try await service.predict(body)
                #expect(Self.isWhole(answer["explanation"]?.objectValue))
            }
            #expect(cache.counts.hits == 1 && cache.counts.misses == 1)
            let queue = try #require(service.routes["scores"]?.primary.model?.queue)
            #expect(queue.requests == 1 && queue.runs == 1)
        }
    }

    @Test("mixes rows of every kind of column, and leaves out rows that the model would not take")
    func mixes() throws {
        let plan = try InputPlan(
            inputs: [
                TensorDescription(name: "kind", elementType: .string, shape: [-1, 1]),
                TensorDescription(name: "count", elementType: .int64, shape: [-1]),
                TensorDescription(name: "flag", elementType: .bool, shape: [-1]),
            ],
            columns: [
                InputColumn(name: "count", kind: .long), InputColumn(name: "flag", kind: .boolean),
                InputColumn(name: "kind", kind: .string),
            ]
        )
        let table = SampleTable(
            rowCount: 3,
            columns: [
                SampleTable.Column(name: "kind", values: .texts(["a", "b", "c"])),
                SampleTable.Column(name: "count", values: .numbers([1, 2.5, 3])),
                SampleTable.Column(name: "flag", values: .texts(["true", "true", "false"])),
            ]
        )
        let background = try Background(table, plan)
        #expect(background.rowCount == 2 && background.names == ["count", "flag", "kind"])
        var builder = InputBuilder(plan, unknown: .refuse)
        try builder.append(.array([9, false, "z"]))
        try builder.append(.array([8, true, "y"]))
        let given = try builder.finish()
        let coalitions = [[false, false, false], [true, false, true], [true, true, true]]
        let mixed = try background.rows(coalitions[...], of: given, 1)
        #expect(mixed.rows == 6)
        #expect(mixed.tensors.map(\.name) == ["kind", "count", "flag"])
        #expect(mixed.tensors[0].tensor.values == .string(["a", "c", "y", "y", "y", "y"]))
        #expect(mixed.tensors[0].tensor.shape == [6, 1])
        #expect(mixed.tensors[1].tensor.values == .int64([1, 3, 8, 8, 8, 8]))
        #expect(mixed.tensors[2].tensor.values == .bool([true, false, true, false, true, true]))
    }

    @Test("gives each of two inputs that do the same the same, and one that does nothing nothing, both ways")
    func axioms() {
        // x0 · x1 + 2 · x3, of inputs that are 1 in a coalition and else 0; x2 does nothing.
        func worth(_ coalition: [Bool]) -> Double {
            (coalition[0] && coalition[1] ? 1 : 0) + (coalition[3] ? 2 : 0)
        }
        let expected = [0.5, 0.5, 0, 2]
        let exact = Shapley.exact(Shapley.allCoalitions(4).map(worth), 4)
        #expect(zip(exact, expected).allSatisfy { abs($0 - $1) < 1e-12 })
        // A way and its reverse are exact where no more than two inputs act together.
        let orders = Shapley.orders(1, of: 4, seed: 3)
        let sampled = Shapley.values(Shapley.coalitions(along: orders).map(worth), along: orders)
        #expect(zip(sampled, expected).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(Shapley.exact([1, 4], 1) == [3])
    }

    @Test("asks a model in processes of its own for more rows at once while it is quick, for fewer where it is slow")
    func pace() {
        var pace = AskPace(bounds: 20...500, isCautious: true)
        #expect(pace.rows == 64)
        let quick = (0..<4).map { _ in
            pace.note(took: .milliseconds(99))
            return pace.rows
        }
        #expect(quick == [128, 256, 500, 500])
        let slow = (0..<6).map { _ in
            pace.note(took: .seconds(1))
            return pace.rows
        }
        #expect(slow == [250, 125, 62, 31, 20, 20])
        pace.note(took: .milliseconds(500))
        #expect(pace.rows == 20)
        let (wide, narrow) = (AskPace(bounds: 100...500, isCautious: true), AskPace(bounds: 1...5, isCautious: true))
        #expect(wide.rows == 100 && narrow.rows == 5)
        // A model of this process holds nobody else up but by the thread that it runs on.
        var free = AskPace(bounds: 20...500, isCautious: false)
        free.note(took: .seconds(5))
        #expect(free.rows == 500)
    }

    @Test("keeps the deadline also while it waits for its turn, or for the reference", .timeLimit(.minutes(5)))
    func deadline() async throws {
        try await withServing { world in
            let truth = try Truth("mlp", columns: Self.numbers)
            let service = try world.makeService(samples: truth.reader)
            try await world.register("scores", fixture: "mlp")
            _ = try await service.deploy("scores", .number(1), by: world.actor)
            let body = "{\"model_name\": \"scores\", \"inputs\": \(try Fixture("mlp").rows[0]), \(Self.wants)}"
            func ask(_ service: ServingService) async -> String {
                await refusal {
                    let call = try Array(body.utf8).withUnsafeBytes { bytes in
                        try service.predictCall(bytes) { $0 == ServingService.timeoutHeader ? "1500" : nil }
                    }
                    _ = try await service.run(call)
                }
            }
            let begun = AsyncStream.makeStream(of: Void.self)
            let ended = AsyncStream.makeStream(of: Void.self)
            let other = Task {
                try await service.explaining.turn.take {
                    begun.continuation.finish()
                    for await _ in ended.stream {}
                }
            }
            for await _ in begun.stream {}
            let waited = await ask(service)
            #expect(waited.hasPrefix("DEADLINE_EXCEEDED"), "\(waited)")
            ended.continuation.finish()
            try await other.value
            let slow = try world.makeService(samples: { _, _, _ in
                try await Task.sleep(for: .seconds(3_600))
                return nil
            })
            try await slow.restore()
            let read = await ask(slow)
            #expect(read.hasPrefix("DEADLINE_EXCEEDED: The version's samples could not be read"), "\(read)")
        }
    }

    @Test("asks the variants of an ensemble one after the other")
    func ensemble() async throws {
        try await withServing { world in
            let truth = try Truth("mlp", columns: Self.numbers)
            let service = try await Self.makeEnsemble("mlp", world, truth.reader)
            let body = "{\"model_name\": \"scores\", \"inputs\": \(try Fixture("mlp").rows[0]), \(Self.wants)}"
            let call = try Array(body.utf8).withUnsafeBytes { try service.predictCall($0) }
            let asked = Mutex((now: 0, most: 0, all: 0))
            let answer = try await call.answer(call.inputs, oneByOne: true) { model, inputs in
                asked.withLock { asked in
                    asked.now += 1
                    asked.all += 1
                    asked.most = max(asked.most, asked.now)
                }
                let answer = try await model.answerApart(inputs, on: service.executor)
                asked.withLock { $0.now -= 1 }
                return answer
            }
            let counts = asked.withLock { $0 }
            #expect(counts.all == 2 && counts.most == 1 && answer.outputs.count == 1)
            let explained = try await service.predict(body)["explanation"]?.objectValue
            #expect(Self.isWhole(explained))
        }
    }

    /// A server of an ensemble of two versions, both of `fixture`, called "scores".
    static func makeEnsemble(
        _ fixture: String,
        _ world: ServingWorld,
        _ samples: @escaping SampleReader
    ) async throws -> ServingService {
        let service = try world.makeService(samples: samples)
        for _ in 0..<2 { try await world.register("scores", fixture: fixture) }
        _ = try await service.deploy("scores", .number(1), by: world.actor)
        let request = TrafficRequest(
            policy: try TrafficTests.policy(#"{"policy": "ensemble", "method": "mean"}"#),
            variants: [.init(version: .number(1)), .init(version: .number(2))]
        )
        _ = try await service.setTraffic("scores", request, by: world.actor)
        return service
    }

    @Test("stays within its bounds")
    func bounds() async throws {
        let input = TensorDescription(name: "x", elementType: .float, shape: [-1, 1_000])
        let plan = try InputPlan(inputs: [input], columns: nil)
        let columns = (0..<1_000).map {
            SampleTable.Column(name: "x\($0)", values: .numbers(Array(repeating: 1, count: 500)))
        }
        let background = try Background(SampleTable(rowCount: 500, columns: columns), plan)
        #expect(background.rowCount == 16)
        let given = ModelInputs(
            rows: 1,
            tensors: [
                NamedTensor(
                    name: "x",
                    tensor: try Tensor(.float(Array(repeating: 2, count: 1_000)), shape: [1, 1_000])
                )
            ]
        )
        let most = MostRows()
        func explainer(_ limits: Explainer.Limits) -> Explainer {
            Explainer(
                background: background,
                limits: limits,
                seed: 0,
                deadline: .now + limits.timeout,
                isCautious: true
            ) { inputs in
                await most.note(inputs.rows)
                let numbers = (inputs.tensors[0].tensor.numbers ?? [])
                let sums = (0..<inputs.rows).map { numbers[$0 * 1_000..<($0 + 1) * 1_000].reduce(0, +) }
                return [NamedTensor(name: "y", tensor: try Tensor(.double(sums), shape: [inputs.rows]))]
            }
        }
        let outputs = [NamedTensor(name: "y", tensor: try Tensor(.double([2_000]), shape: [1]))]
        var limits = Explainer.Limits()
        // As long as an unoptimized build takes on a busy machine.
        limits.timeout = .seconds(300)
        let found = try await explainer(limits).explanations(given, outputs)[0]
        #expect(found.method == .permutation(pairs: 1, seed: 0) && found.isWhole)
        #expect(found.evaluations <= 1 << 17 && found.values.allSatisfy { abs($0 - 1) < 1e-9 })
        #expect(await most.rows * 1_000 <= 1 << 21)
        #expect(await most.first == 64, "nothing is known of the model's pace yet")
        limits.timeout = .zero
        let late = await refusal { [limits] in _ = try await explainer(limits).explanations(given, outputs) }
        #expect(late.hasPrefix("DEADLINE_EXCEEDED"))
    }

    private actor MostRows {
        var rows = 0
        var first: Int?
        func note(_ rows: Int) {
            self.rows = max(self.rows, rows)
            first = first ?? rows
        }
    }
}
