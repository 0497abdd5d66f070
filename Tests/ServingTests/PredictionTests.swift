import Inference
import Kernel
import Registry
import Serving
import TestSupport
import Testing

@Suite("A prediction", .serialized)
struct PredictionTests {
    private static let columns = ServingWorld.columns((0..<30).map { ("f\($0)", "double") })

    private static func near(_ left: JSON?, _ right: JSON) -> Bool {
        guard let left = left?.doubleValue, let right = right.doubleValue else { return false }
        return abs(left - right) <= 1e-6
    }

    @Test("is Python's, in every protocol")
    func equalsPython() async throws {
        try await withServing { world in
            let service = try world.makeService()
            let document = ServingWorld.document(inputs: Self.columns)
            try await world.register("scores", fixture: "gbdt", document: document)
            _ = try await service.deploy("scores", .number(1), by: world.actor)
            let truth = try Fixture("gbdt")
            for (index, row) in truth.rows.enumerated() {
                let object = row.enumerated().map { "\"f\($0)\": \($1)" }.joined(separator: ", ")
                for inputs in ["\(row)", "[\(row)]", "{\(object)}"] {
                    let answer = try await service.predict("{\"model_name\": \"scores\", \"inputs\": \(inputs)}")
                    let prediction = try #require(answer["prediction"]?.objectValue)
                    #expect(prediction["label"] == truth.values(0)[index])
                    let chances = try #require(prediction["probabilities"]?.arrayValue)
                    #expect(Self.near(chances[1], truth.values(1)[2 * index + 1]))
                }
            }
            let names = (0..<30).map { "\"f\($0)\"" }.joined(separator: ",")
            for body in [
                "{\"inputs\": \(truth.rows)}", "{\"instances\": \(truth.rows)}",
                "{\"dataframe_split\": {\"columns\": [\(names)], \"data\": \(truth.rows)}}",
            ] {
                let answer = try await service.invoke(body)["predictions"]?.objectValue
                #expect(answer?["label"]?.arrayValue == truth.values(0))
                #expect(answer?["probabilities"]?.arrayValue?.count == truth.rows.count)
            }
            let lines = [names] + truth.rows.map { $0.map(\.description).joined(separator: ",") }
            let fromCSV = try await service.invoke(lines.joined(separator: "\n"), isCSV: true)
            #expect(fromCSV["predictions"]?.objectValue?["label"]?.arrayValue == truth.values(0))
            let tensor = """
                {"inputs": [{"name": "input", "datatype": "FP32", "shape": [8, 30], "data": \(truth.rows)}]}
                """
            let inferred = try JSON.parse(try await service.infer(Array(tensor.utf8), model: "scores").bytes)
            let label = inferred.objectValue?["outputs"]?.arrayValue?[0].objectValue
            #expect(label?["data"]?.arrayValue == truth.values(0))
            #expect(label?["datatype"] == "INT64")
        }
    }

    @Test("of several rows is that of each row")
    func batchEqualsSingle() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("scores", fixture: "gbdt_zipmap")
            _ = try await service.deploy("scores", .number(1), by: world.actor)
            let rows = try Fixture("gbdt_zipmap").rows
            let batch = try await service.predictBatch("{\"model_name\": \"scores\", \"inputs\": \(rows)}")
            let predictions = try #require(batch["predictions"]?.arrayValue)
            #expect(predictions.count == rows.count && batch["request_ids"]?.arrayValue?.count == rows.count)
            for (row, prediction) in zip(rows, predictions) {
                let single = try await service.predict("{\"inputs\": \(row)}", model: "scores")
                #expect(single["prediction"] == prediction)
            }
            let chances = predictions[0].objectValue?["probabilities"]?.objectValue
            #expect(chances?.members.map(\.name) == ["0", "1"])
        }
    }

    @Test("of a model with one output is that output alone, and string labels stay strings")
    func shapesOfAnswers() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("net", fixture: "mlp")
            try await world.register("iris", fixture: "iris_str")
            _ = try await service.deploy("net", .number(1), by: world.actor)
            _ = try await service.deploy("iris", .number(1), by: world.actor)
            let net = try Fixture("mlp")
            let answer = try await service.predict("{\"model_name\": \"net\", \"inputs\": \(net.rows[0])}")
            #expect(Self.near(answer["prediction"], net.values(0)[0]))
            let members = ["model_name", "model_version", "prediction", "request_id", "latency_ms"]
            #expect(answer.members.map(\.name) == members)
            let iris = try Fixture("iris_str")
            let flower = try await service.predict("{\"model_name\": \"iris\", \"inputs\": \(iris.rows[0])}")
            let prediction = flower["prediction"]?.objectValue
            #expect(prediction?.members.first?.value == iris.values(0)[0])
            #expect(prediction?.members.last?.value.objectValue?.members.count == 3)
        }
    }

    @Test("goes through every kind of element, by column and by tensor")
    func everyElementType() async throws {
        try await withServing { world in
            let service = try world.makeService()
            let kinds = [
                ("float", "float"), ("double", "double"), ("int8", "long"), ("int16", "integer"), ("int32", "integer"),
                ("int64", "long"), ("uint8", "long"), ("uint16", "long"), ("uint32", "long"), ("uint64", "long"),
                ("bool", "boolean"), ("string", "string"),
            ].map { (name: $0.0, type: $0.1) }
            let document = ServingWorld.document(inputs: ServingWorld.columns(kinds))
            try await world.register("columns", fixture: "types", document: document)
            try await world.register("tensors", fixture: "types")
            let row = """
                {"float": 0.5, "double": 1e300, "int8": -128, "int16": 7, "int32": 2147483647,
                "int64": -9223372036854775808, "uint8": 255, "uint16": 1, "uint32": 4294967295, "uint64": 3,
                "bool": true, "string": "zwölf 🐦 \\" \\u00e9"}
                """
            let wanted = try JSON.parse(row.utf8).objectValue?.members.map(\.value)
            for model in ["columns", "tensors"] {
                _ = try await service.deploy(model, .number(1), by: world.actor)
                let answer = try await service.predict("{\"model_name\": \"\(model)\", \"inputs\": \(row)}")
                #expect(answer["prediction"]?.objectValue?.members.map(\.value) == wanted)
                let logged = try await world.log.page(PredictionFilter(endpoint: model)).records[0]
                #expect(try JSON.parse(logged.features.utf8) == JSON.parse(row.utf8))
            }
        }
    }

    @Test("of a model that takes long runs on the executor and gives the same")
    func largeModels() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("net", fixture: "mlp")
            _ = try await service.deploy("net", .number(1), by: world.actor)
            let net = try Fixture("mlp")
            let many = Array(repeating: net.rows[1], count: 20_000)
            let batch = try await service.predictBatch("{\"model_name\": \"net\", \"inputs\": \(many)}")
            let predictions = try #require(batch["predictions"]?.arrayValue)
            #expect(predictions.count == 20_000)
            #expect(predictions.allSatisfy { Self.near($0, net.values(0)[1]) })
            #expect(try await world.log.rows(endpoint: "net", window: .lastRows(100_000)).count == 20_000)
        }
    }

    private static let refusals = [
        ("{\"model_name\": \"m\", \"inputs\": {\"a\": 1, \"c\": 1, \"d\": 1}}", "row 0, column \"n\": is missing"),
        (row("\"a\": \"x\", \"n\": 1"), "column \"a\": expected a number, found a string"),
        (row("\"a\": 1, \"n\": 1.5"), "column \"n\": expected a whole number"),
        (row("\"a\": 1, \"n\": 3000000000"), "column \"n\": expected a whole number"),
        (row("\"a\": true, \"n\": 1"), "column \"a\": expected a number, found true"),
        (row("\"a\": 1, \"n\": null"), "column \"n\": expected a whole number"),
        (row("\"a\": 1e39, \"n\": 1"), "column \"a\": expected a number of single"),
        (row("\"a\": 1, \"n\": 1, \"z\": 2"), "column \"z\": the model has none"),
        (row("\"a\": NaN, \"n\": 1"), "BAD_REQUEST: The body is not valid JSON at byte"),
        ("{\"model_name\": \"m\", \"inputs\": [1, 2, 3]}", "row 0: expected 4 values, found 3"),
        ("{\"model_name\": \"m\", \"inputs\": [{\"a\": 1}, {\"a\": 1}]}", "/predict/batch"),
        ("{\"model_name\": \"m\", \"inputs\": 5}", "expected an object by column or a list, found 5"),
        ("{\"model_name\": \"m\"}", "must have the member \"inputs\""),
        ("{\"model_name\": 5, \"inputs\": [1, 2, 3, 4]}", "No endpoint serves \"5\""),
        ("{\"model_name\": [5], \"inputs\": [1, 2, 3, 4]}", "model_name: expected a string, found a list"),
        ("{\"inputs\": [1, 2, 3, 4]}", "must have the member \"model_name\""),
        ("{\"model_name\": \"other\", \"inputs\": [1]}", "ENDPOINT_NOT_FOUND: No endpoint serves \"other\""),
        ("{\"model_name\": \"m\", \"model_version\": \"7\", \"inputs\": [1]}", "No endpoint serves version 7 of \"m\""),
        ("{\"model_name\": \"m\", \"model_version\": \"1.0\", \"inputs\": [1]}", "No endpoint serves version 1.0 of"),
        ("[1]", "must be a JSON object"),
        ("", "BAD_REQUEST"),
    ]

    private static func row(_ members: String) -> String {
        "{\"model_name\": \"m\", \"inputs\": {\(members), \"c\": 1, \"d\": 1}}"
    }

    @Test("is refused with the name of what is wrong")
    func refuses() async throws {
        try await withServing { world in
            let service = try world.makeService()
            let kinds = [("a", "double"), ("n", "integer"), ("c", "double"), ("d", "float")]
            let columns = ServingWorld.columns(kinds.map { (name: $0.0, type: $0.1) })
            try await world.register("m", fixture: "iris_str", document: ServingWorld.document(inputs: columns))
            _ = try await service.deploy("m", .number(1), by: world.actor)
            for (body, message) in Self.refusals {
                let told = await refusal { _ = try await service.predict(body) }
                #expect(told.contains(message), "\(body): \(told)")
            }
            let batch = "{\"model_name\": \"m\", \"inputs\": [[1, 2, 3, 4], {\"a\": 1, \"n\": 1, \"c\": 1, \"d\": []}]}"
            let told = await refusal { _ = try await service.predictBatch(batch) }
            #expect(told.contains("row 1, column \"d\": expected a number, found a list"))
        }
    }

    @Test("takes a missing number as NaN and logs null, drops unknown columns on /invocations only")
    func missingNumbers() async throws {
        try await withServing { world in
            let service = try world.makeService()
            let document = ServingWorld.document(inputs: Self.columns)
            try await world.register("scores", fixture: "gbdt", document: document)
            _ = try await service.deploy("scores", .number(1), by: world.actor)
            let object = (0..<30).map { "\"f\($0)\": \($0 == 3 ? "null" : "1")" }.joined(separator: ", ")
            _ = try await service.predict("{\"model_name\": \"scores\", \"inputs\": {\(object)}}")
            let features = try JSON.parse(try await world.log.page().records[0].features.utf8).objectValue
            #expect(features?["f3"] == .null && features?["f4"]?.doubleValue == 1)
            _ = try await service.invoke("{\"dataframe_records\": [{\"zz\": \"x\", \(object)}]}")
        }
    }

    @Test("goes to the endpoint that is meant")
    func choosesEndpoints() async throws {
        try await withServing { world in
            let service = try world.makeService(defaultEndpoint: "b")
            #expect(await refusal { _ = try await service.invoke("{}") }.contains("There is no endpoint"))
            try await world.register("scores", fixture: "mlp")
            let row = try Fixture("mlp").rows[0]
            _ = try await service.deploy("scores", .number(1), to: "a", by: world.actor)
            _ = try await service.invoke("{\"inputs\": [\(row)]}")
            #expect(try service.endpoint("a").statistics.requests == 1)
            _ = try await service.deploy("scores", .number(1), to: "b", by: world.actor)
            _ = try await service.invoke("{\"inputs\": [\(row)]}")
            #expect(try service.endpoint("b").statistics.requests == 1)
            _ = try await service.invoke("{\"inputs\": [\(row)]}", endpoint: "a")
            _ = try await service.predict("{\"model_name\": \"scores\", \"inputs\": \(row)}")
            #expect(try service.endpoint("a").statistics.requests == 3)
            let other = try world.makeService()
            try await other.restore()
            let told = await refusal { _ = try await other.invoke("{\"inputs\": [\(row)]}") }
            #expect(told.contains("X-Martlet-Endpoint: \"a\", \"b\""))
        }
    }

    @Test("and its failure are counted and logged")
    func countsFailures() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("net", fixture: "mlp")
            _ = try await service.deploy("net", .number(1), by: world.actor)
            _ = await refusal { _ = try await service.predict("{\"model_name\": \"net\", \"inputs\": [1]}") }
            let statistics = try service.endpoint("net").statistics
            #expect(statistics.requests == 1 && statistics.errors == 1)
            let record = try await world.log.page(PredictionFilter(endpoint: "net")).records[0]
            #expect(record.status == 400 && record.features == "null" && record.prediction == "null")
            #expect(record.error?.contains("expected a row of shape [16], found [1]") == true)
            #expect(try await world.log.rows(endpoint: "net", window: .lastRows(10)).isEmpty)
            let families = service.metrics()
            #expect(families.contains { "\($0.name)" == "martlet_serving_prediction_log_dropped_total" })
        }
    }
}
