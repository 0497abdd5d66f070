import Inference
import Kernel
import Registry
import TestSupport
import Testing

@testable import Serving

@Suite("A contract", .serialized)
struct ContractTests {
    static func read(_ text: String) throws -> Contract {
        try Contract(try JSON.parse(text.utf8).objectValue ?? JSONObject())
    }

    /// An endpoint "flowers" of a classifier of four columns with string classes.
    static func flowers(_ world: ServingWorld) async throws -> ServingService {
        let columns = ["sl", "sw", "pl", "pw"].map { (name: $0, type: "double") }
        let document = ServingWorld.document(inputs: ServingWorld.columns(columns))
        try await world.register("flowers", fixture: "iris_str", document: document)
        let service = try world.makeService()
        _ = try await service.deploy("flowers", .number(1), by: world.actor)
        return service
    }

    static func body(_ row: String, more: String = "") -> String {
        "{\"model_name\": \"flowers\", \"inputs\": \(row)\(more)}"
    }

    @Test("is the same after it has been written")
    func roundTrip() throws {
        let contract = try Self.read(
            #"{"inputs": {"a": {"min": -1.5, "max": 3}, "b": {"allowed": ["x", "y"]}, "c": {"nullable": false}}, "#
                + #""outputs": {"p": {"finite": true, "sums_to_one": true, "action": "clip"}, "q": {"max": 1}}}"#
        )
        #expect(try Contract(contract.json) == contract)
        #expect(contract.outputs[0].sumTolerance == 0.001 && contract.outputs[1].action == .refuse)
    }

    @Test(
        "is refused with the rule that is wrong",
        arguments: [
            (#"{}"#, "The contract must have a rule"), (#"{"input": {}}"#, "The contract has no member \"input\""),
            (#"{"inputs": []}"#, "\"inputs\" must be an object by name"),
            (#"{"inputs": {"a": 1}}"#, "inputs, \"a\": must be an object, found number"),
            (#"{"inputs": {"a": {}}}"#, "inputs, column \"a\": there must be one of min, max"),
            (#"{"inputs": {"a": {"minimum": 1}}}"#, "inputs, column \"a\": A rule of inputs has no member \"minimum\""),
            (#"{"inputs": {"a": {"min": "1"}}}"#, "inputs, column \"a\": \"min\" must be a number"),
            (#"{"inputs": {"a": {"min": 2, "max": 1}}}"#, "inputs, column \"a\": \"max\" must be at least"),
            (#"{"inputs": {"a": {"allowed": []}}}"#, "inputs, column \"a\": \"allowed\" must be a list"),
            (#"{"inputs": {"a": {"allowed": [1, "x"]}}}"#, "inputs, column \"a\": \"allowed\" must be a list"),
            (#"{"outputs": {"p": {"action": "clip"}}}"#, "outputs, output \"p\": there must be one of min"),
            (#"{"outputs": {"p": {"max": 1, "action": "drop"}}}"#, "outputs, output \"p\": \"action\" must be one of"),
            (#"{"outputs": {"p": {"sums_to_one": 2}}}"#, "outputs, output \"p\": \"sums_to_one\" must be a number"),
        ]
    )
    func refusals(text: String, message: String) throws {
        let error = #expect(throws: MartletError.self) { _ = try Self.read(text) }
        #expect(
            error?.code == .invalidParameterValue && error?.message.hasPrefix(message) == true,
            "\(error?.message ?? "")"
        )
    }

    @Test("refuses inputs in every protocol with column, row and bound, and takes what lies on a bound")
    func inputs() async throws {
        try await withServing { world in
            let service = try await Self.flowers(world)
            let contract = try Self.read(
                #"{"inputs": {"sl": {"min": 0.1, "max": 7.7}, "sw": {"max": 9, "nullable": false}, "#
                    + #""pw": {"allowed": [0.1, 0.2]}}}"#
            )
            _ = try await service.setContract("flowers", contract, by: world.actor)
            _ = try await service.predict(Self.body("[0.1, 3, 1, 0.2]"))
            _ = try await service.predictBatch(Self.body("[[7.7, 9, 1, 0.1], [5, 3, null, 0.2]]"))
            let range = "column \"sl\": the endpoint's contract takes numbers from 0.1 to 7.7"
            let list = "column \"pw\": the endpoint's contract takes one of 0.1, 0.2"
            let wrong: [(String, () async throws -> Void)] = [
                ("row 0, \(range)", { _ = try await service.predict(Self.body("[7.8, 3, 1, 0.2]")) }),
                (
                    "row 2, \(range)",
                    {
                        let rows = "[[5, 3, 1, 0.2], [5, 3, 1, 0.2], [0.09, 3, 1, 0.2]]"
                        _ = try await service.predictBatch(Self.body(rows))
                    }
                ),
                (
                    "row 1, \(list)",
                    {
                        _ = try await service.invoke(#"{"inputs": [[5, 3, 1, 0.2], [5, 3, 1, 0.3]]}"#)
                    }
                ),
                (
                    "row 0, \(range)",
                    {
                        _ = try await service.invoke("sl,sw,pl,pw\n8,3,1,0.2\n", isCSV: true)
                    }
                ),
                (
                    "row 0, column \"sw\": the endpoint's contract takes no missing value",
                    {
                        _ = try await service.predict(Self.body(#"{"sl": 5, "sw": null, "pl": 1, "pw": 0.2}"#))
                    }
                ),
                (
                    "row 0, column \"sw\": the endpoint's contract takes numbers of at most 9",
                    {
                        let tensor = #"{"name": "input", "datatype": "FP32", "shape": [1, 4], "data": [5, 10, 1, 0.2]}"#
                        _ = try await service.infer(Array("{\"inputs\": [\(tensor)]}".utf8), model: "flowers")
                    }
                ),
            ]
            for (message, ask) in wrong {
                #expect(await refusal(ask) == "INVALID_PARAMETER_VALUE: inputs, \(message)")
            }
            let numbers = try await service.view("flowers").variants[0].statistics
            #expect(numbers.violations.inputsRefused == 6 && numbers.errors == 6 && numbers.requests == 8)
            let records = try await world.log.page(limit: 20).records
            #expect(records.count { $0.status == 400 && $0.features.contains("\"sl\"") } == 6)
            let samples = service.metrics().first { "\($0.name)" == "martlet_serving_contract_violations_total" }?
                .samples
            let refused = samples?.first { $0.labels.map(\.value) == ["flowers", "v1", "input", "refused"] }
            #expect(refused?.value == 6)
        }
    }

    @Test("refuses answers as the server's fault, or clips them, and counts which variant gave them")
    func outputs() async throws {
        try await withServing { world in
            try await world.register("scores", fixture: "mlp")
            let service = try world.makeService()
            _ = try await service.deploy("scores", .number(1), by: world.actor)
            let rows = try Fixture("mlp").rows
            let truth = try Fixture("mlp").values(0).compactMap(\.doubleValue)
            let bound = truth.sorted()[truth.count / 2]
            let body = "{\"model_name\": \"scores\", \"inputs\": \(rows)}"
            func set(_ action: String) async throws {
                let contract = try Self.read(
                    "{\"outputs\": {\"output\": {\"max\": \(bound), \"action\": \"\(action)\"}}}"
                )
                _ = try await service.setContract("scores", contract, by: world.actor)
            }
            try await set("refuse")
            let first = try #require(truth.firstIndex { $0 > bound })
            let message = await refusal { _ = try await service.predictBatch(body) }
            #expect(message.hasPrefix("INVALID_STATE: The model's answer breaks the endpoint's contract: output"))
            #expect(message.contains("\"output\", row \(first): must be numbers of at most"))
            try await set("clip")
            let clipped = try await service.predictBatch(body)["predictions"]?.arrayValue?.compactMap(\.doubleValue)
            let expected = truth.map { min($0, bound) }
            #expect(clipped?.count == truth.count)
            #expect(zip(clipped ?? [], expected).allSatisfy { abs($0 - $1) < 1e-6 })
            let numbers = try await service.view("scores").variants[0].statistics
            #expect(numbers.violations.outputsRefused == 1 && numbers.violations.outputsClipped == 1)
            #expect(numbers.errors == 1)
            let records = try await world.log.page(limit: 20).records
            #expect(records.contains { $0.status == 500 })
            #expect(!records.contains { $0.status == 200 && (Double($0.prediction) ?? 0) > bound + 1e-6 })
        }
    }

    @Test(
        "outlives the server, a deployment and a rollback, and goes with the endpoint",
        arguments: DatabaseBackend.allCases
    )
    func lasts(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            var service = try await Self.flowers(world)
            let contract = try Self.read(
                #"{"inputs": {"sl": {"max": 7}}, "outputs": {"output_probability": {"min": 0}}}"#
            )
            let set = try await service.setContract("flowers", contract, by: world.actor)
            #expect(set.setBy == world.actor)
            service = try world.makeService()
            try await service.restore()
            #expect(try service.contract(of: "flowers") == set)
            #expect(await refusal { _ = try await service.predict(Self.body("[8, 3, 1, 0.2]")) }.contains("at most 7"))
            // A model without the column is not taken; one that was there before comes back, and says what is not kept.
            try await world.register("flowers", fixture: "mlp")
            let misfit = await refusal { _ = try await service.deploy("flowers", .number(2), by: world.actor) }
            #expect(
                misfit.hasPrefix("INVALID_PARAMETER_VALUE: The contract does not fit variant \"v2\": column \"sl\"")
            )
            #expect(
                misfit.contains("output \"output_probability\": the model has none of this name; it has \"output\"")
            )
            try await service.removeContract(of: "flowers", by: world.actor)
            try await service.removeContract(of: "flowers", by: world.actor)
            #expect(try service.contract(of: "flowers") == nil)
            _ = try await service.predict(Self.body("[8, 3, 1, 0.2]"))
            _ = try await service.deploy("flowers", .number(2), by: world.actor)
            _ = try await service.deploy("flowers", .number(1), by: world.actor)
            _ = try await service.setContract("flowers", contract, by: world.actor)
            _ = try await service.rollBack("flowers", by: world.actor)
            #expect(try await service.view("flowers").variants[0].contractMisfits.count == 2)
            _ = try await service.predict(Self.body("\(try Fixture("mlp").rows[0])"))
            try await service.undeploy("flowers", by: world.actor)
            _ = try await service.deploy("flowers", .number(1), by: world.actor)
            #expect(try service.contract(of: "flowers") == nil)
            let trace = try await world.trace().filter { $0.contains("contract") }.map { $0.split(separator: " ")[1] }
            #expect(trace == ["endpoint.contract_set", "endpoint.contract_removed", "endpoint.contract_set"])
        }
    }

    @Test("holds answers that were kept as well, which stay as the model gave them")
    func keptAnswers() async throws {
        try await withServing { world in
            let cache = ResultCache(bytesMax: 1 << 20)
            let service = try world.makeService(cache: cache)
            try await world.register("scores", fixture: "mlp")
            _ = try await service.deploy("scores", .number(1), try EndpointWishes(caching: true), by: world.actor)
            let body = "{\"model_name\": \"scores\", \"inputs\": \(try Fixture("mlp").rows[0])}"
            func ask() async throws -> JSON? { try await service.predict(body)["prediction"] }
            func set(_ action: String, max: Double) async throws {
                let rule = "{\"max\": \(max), \"action\": \"\(action)\"}"
                let contract = try Self.read("{\"outputs\": {\"output\": \(rule)}}")
                _ = try await service.setContract("scores", contract, by: world.actor)
            }
            let raw = try #require(try await ask()?.doubleValue)
            try await set("refuse", max: raw - 1)
            #expect(await refusal { _ = try await ask() }.hasPrefix("INVALID_STATE"))
            try await set("clip", max: raw - 1)
            let clipped = try #require(try await ask()?.doubleValue)
            #expect(abs(clipped - (raw - 1)) < 1e-6)
            try await service.removeContract(of: "scores", by: world.actor)
            #expect(try await ask()?.doubleValue == raw)
            #expect(cache.counts.hits == 3 && cache.counts.misses == 1)
        }
    }

    @Test("is kept by each variant of a policy, and its violations are those of the variant")
    func variants() async throws {
        try await withServing { world in
            let service = try await TrafficTests.deployed(world)
            let contract = try Self.read(#"{"outputs": {"probabilities": {"max": 0.0001}}}"#)
            _ = try await service.setContract("scores", contract, by: world.actor)
            let request = TrafficRequest(policy: .blueGreen, variants: [.init(name: "green", version: .number(2))])
            _ = try await service.setTraffic("scores", request, by: world.actor)
            let green =
                "{\"model_name\": \"scores\", \"model_version\": \"2\", \"inputs\": \(try Fixture("gbdt").rows[0])}"
            #expect(await refusal { _ = try await service.predict(green) }.hasPrefix("INVALID_STATE"))
            let counts = try await service.view("scores").variants.map(\.statistics.violations.outputsRefused)
            #expect(counts == [0, 1])
        }
    }

    @Test("is kept by a shadow, whose violations are not those of the endpoint")
    func shadows() async throws {
        try await withServing { world in
            let service = try await TrafficTests.deployed(world)
            let contract = try Self.read(#"{"outputs": {"probabilities": {"max": 0.0001, "action": "clip"}}}"#)
            _ = try await service.setContract("scores", contract, by: world.actor)
            let policy = try TrafficTests.policy(#"{"policy": "shadow"}"#)
            let request = TrafficRequest(policy: policy, variants: [.init(version: .number(2))])
            _ = try await service.setTraffic("scores", request, by: world.actor)
            _ = try await service.predict(try TrafficTests.body())
            await service.shadows.drain()
            let view = try await service.view("scores")
            #expect(view.variants.map(\.statistics.violations.outputsClipped) == [1, 1])
            #expect(view.statistics.violations.outputsClipped == 1)
        }
    }
}
