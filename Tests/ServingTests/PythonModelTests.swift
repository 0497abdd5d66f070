import Foundation
import Inference
import Kernel
import Registry
import Serving
import TestSupport
import Testing

@Suite("A model of Python", .serialized, .timeLimit(.minutes(5)))
struct PythonModelTests {
    @Test("is answered for in every protocol, and logged")
    func protocols() async throws {
        try await withPython { world, service in
            try await world.registerMoody()
            let endpoint = try await service.deploy("moody", .number(1), by: world.actor)
            #expect(endpoint.runtime == "python" && endpoint.state == .ready)
            #expect(endpoint.inputs.map { "\($0.name) \($0.elementType)" } == ["x double", "mood string"])
            #expect(endpoint.outputs.map(\.name) == ["twice"])
            try await answers(service)
            try await answersInferences(service)
            let page = try await service.log.page(PredictionFilter(endpoint: "moody"), limit: 100)
            #expect(page.records.count == 11)
            for record in page.records {
                #expect(record.features.contains("\"x\":") && record.status == 200, "\(record)")
            }
            #expect(page.records.contains { $0.prediction == "{\"twice\":4.5}" || $0.prediction == "4.5" })
        }
    }

    private func answers(_ service: ServingService) async throws {
        let one = try await service.predict(#"{"model_name": "moody", "inputs": {"x": 1.5, "mood": "fine"}}"#)
        #expect(one["prediction"] == 3.0 && one["model_version"] == "1")
        let listed = try await service.predict(#"{"inputs": [1.5, "array"]}"#, model: "moody")
        #expect(listed["prediction"] == 3.0)
        let deep = try await service.predict(#"{"inputs": {"x": 1.5, "mood": "nested"}}"#, model: "moody")
        #expect(deep["prediction"] == ["deep": [3.0]])
        let many = try await service.predictBatch(
            #"{"model_name": "moody", "inputs": [{"x": 1, "mood": "fine"}, {"x": 2, "mood": ""}]}"#
        )
        #expect(many["predictions"] == [2.0, 4.0])
        let split = try await service.invoke(
            #"{"dataframe_split": {"columns": ["mood", "x"], "data": [["fine", 1], ["fine", 2]]}}"#
        )
        #expect(split["predictions"] == [["twice": 2.0], ["twice": 4.0]])
        let params = try await service.invoke(
            #"{"dataframe_records": [{"x": 1.5, "mood": "fine"}], "params": {"factor": 3.0}}"#
        )
        #expect(params["predictions"] == [["twice": 4.5]])
        let inputs = try await service.invoke(#"{"inputs": {"x": [1.5], "mood": ["array"]}}"#)
        #expect(inputs["predictions"] == [3.0])
        let comma = try await service.invoke("x,mood\n1.5,array\n", isCSV: true)
        #expect(comma["predictions"] == [3.0])
    }

    private func answersInferences(_ service: ServingService) async throws {
        let body = """
            {"id": "7", "inputs": [{"name": "x", "datatype": "FP64", "shape": [1], "data": [1.5]},
                {"name": "mood", "datatype": "BYTES", "shape": [1], "data": ["fine"]}]}
            """
        let answer = try await service.infer(Array(body.utf8), model: "moody")
        let parsed = try JSON.parse(answer.bytes).objectValue
        #expect(parsed?["id"] == "7")
        let output = parsed?["outputs"]?.arrayValue?.first?.objectValue
        #expect(output?["name"] == "twice" && output?["datatype"] == "FP64" && output?["data"] == [3.0])
    }

    @Test("is held to a contract, in bodies that MLflow would read without one as well")
    func contract() async throws {
        try await withPython { world, service in
            try await world.registerMoody()
            _ = try await service.deploy("moody", .number(1), by: world.actor)
            let text = #"{"inputs": {"x": {"max": 2}}, "outputs": {"twice": {"max": 3, "action": "clip"}}}"#
            let contract = try Contract(try #require(try JSON.parse(text.utf8).objectValue))
            _ = try await service.setContract("moody", contract, by: world.actor)
            let high = "the endpoint's contract takes numbers of at most 2"
            let records = await refusal {
                _ = try await service.invoke(
                    #"{"dataframe_records": [{"x": 1, "mood": "fine"}, {"x": 2.5, "mood": "fine"}]}"#
                )
            }
            #expect(records == "INVALID_PARAMETER_VALUE: inputs, row 1, column \"x\": \(high)")
            let comma = await refusal { _ = try await service.invoke("x,mood\n3,fine\n", isCSV: true) }
            #expect(comma == "INVALID_PARAMETER_VALUE: inputs, row 0, column \"x\": \(high)")
            let clipped = try await service.invoke(#"{"dataframe_records": [{"x": 2, "mood": "fine"}]}"#)
            #expect(clipped["predictions"] == [["twice": 3.0]])
        }
    }

    @Test("is started again when its process ends, and asked again what was lost")
    func restarts() async throws {
        try await withPython { world, service in
            try await world.registerMoody()
            _ = try await service.deploy("moody", .number(1), by: world.actor)
            let once = try await service.predict(#"{"inputs": {"x": 1, "mood": "dying once"}}"#, model: "moody")
            #expect(once["prediction"] == 2.0)
            #expect(try service.replicas("moody")[0].restarts == 1)
            let twice = await refusal {
                _ = try await service.predict(#"{"inputs": {"x": 1, "mood": "dying"}}"#, model: "moody")
            }
            #expect(twice == "INTERNAL_ERROR: the model's process ended twice while it answered")
            let found = try await waitForProcess(service)
            let idle = try #require(found)
            kill(idle, SIGKILL)
            let after = try await service.predict(#"{"inputs": {"x": 1, "mood": "fine"}}"#, model: "moody")
            #expect(after["prediction"] == 2.0)
            #expect(!isAlive(idle))
        }
    }

    private func waitForProcess(_ service: ServingService) async throws -> Int32? {
        // One that still loads its model is not idle, and has a number already.
        _ = try await eventually { try service.replicas("moody")[0].state == .ready }
        return try service.replicas("moody")[0].processID
    }

    @Test("that hangs, is greedy or answers nonsense is an error, and goes on")
    func nonsense() async throws {
        try await withPython { limits in
            limits.requestTime = .seconds(8)
            limits.answerBytesMax = 1 << 20
            limits.memoryBytesMax = 1 << 30
        } _: { world, service in
            try await world.registerMoody()
            _ = try await service.deploy("moody", .number(1), by: world.actor)
            func ask(_ mood: String) async -> String {
                await refusal {
                    _ = try await service.predict(#"{"inputs": {"x": 1, "mood": "\#(mood)"}}"#, model: "moody")
                }
            }
            #expect(await ask("short") == "INTERNAL_ERROR: the model answered 0 rows for 1")
            #expect(await ask("nan").hasPrefix("INTERNAL_ERROR: the model answered a number that is not finite"))
            #expect(await ask("huge") == "INTERNAL_ERROR: the model's answer is longer than the server takes")
            // 10 GiB, which nothing may read or copy.
            #expect(await ask("vast") == "INTERNAL_ERROR: the model's answer is longer than the server takes")
            let failing = await ask("failing")
            #expect(failing.hasPrefix("BAD_REQUEST: The model could not be run on these inputs: ValueError"))
            #expect(await ask("leaving").contains("could not be run on these inputs: SystemExit"))
            #expect(try service.replicas("moody")[0].restarts == 0)
            #expect(await ask("greedy").hasPrefix("INTERNAL_ERROR: the model needed more memory than the 1024 MiB"))
            let asleep = await ask("asleep")
            #expect(asleep.hasPrefix("DEADLINE_EXCEEDED: the model did not answer within 8 s"))
            #expect(await ask("fine") == "nothing was refused")
            #expect(try service.replicas("moody")[0].restarts == 2)
        }
    }

    @Test("is asked what waits as one, if told so, and refuses what goes beyond its queue")
    func batches() async throws {
        try await withPython {
            $0.waitingMax = 20
        } _: { world, service in
            try await world.registerMoody()
            let wishes = try EndpointWishes(replicas: nil, batching: "on")
            _ = try await service.deploy("moody", .number(1), wishes, by: world.actor)
            let answers = try await askAtOnce(service, count: 16, mood: "slow")
            #expect(answers == (0..<16).map { Double($0) * 2 })
            let workers = try #require(try service.endpoint("moody").statistics.workers)
            #expect(workers.batches.rows >= 16 && workers.batches.count < 16)
            #expect(workers.requests == workers.batches.rows)
            let families = Dictionary(uniqueKeysWithValues: service.metrics().map { ("\($0.name)", $0) })
            let asked = families["martlet_serving_queue_requests_total"]?.samples.map(\.value)
            #expect(asked == [Double(workers.requests)])
            let alone = try EndpointWishes(replicas: nil, batching: "off")
            _ = try await service.deploy("moody", .number(1), alone, by: world.actor)
            _ = try await askAtOnce(service, count: 8, mood: "slow")
            #expect(try service.endpoint("moody").statistics.workers?.batches.counts[0] == 8)
            let refused = await withTaskGroup(of: String.self) { group in
                for _ in 0..<30 {
                    group.addTask {
                        await refusal {
                            _ = try await service.predict(#"{"inputs": {"x": 1, "mood": "slow"}}"#, model: "moody")
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }.filter { $0 != "nothing was refused" }
            }
            #expect(!refused.isEmpty && refused.allSatisfy { $0.hasPrefix("REQUEST_LIMIT_EXCEEDED: the queue") })
        }
    }

    private func askAtOnce(_ service: ServingService, count: Int, mood: String) async throws -> [Double] {
        try await withThrowingTaskGroup(of: (Int, Double).self) { group in
            for number in 0..<count {
                group.addTask {
                    let body = #"{"inputs": {"x": \#(number), "mood": "\#(mood)"}}"#
                    let answer = try await service.predict(body, model: "moody")
                    return (number, answer["prediction"]?.doubleValue ?? -1)
                }
            }
            return try await group.reduce(into: [Double](repeating: 0, count: count)) { $0[$1.0] = $1.1 }
        }
    }

    @Test("that is slow to load holds up no change of another endpoint")
    func loadsBeside() async throws {
        try await withPython { world, service in
            try await withTemporaryFolder { folder in
                try await world.registerMoody(also: ["gate": folder + "/open"])
                for fixture in ["gbdt", "gbdt_zipmap"] { try await world.register("scores", fixture: fixture) }
                for number in 1...2 { _ = try await service.deploy("scores", .number(number), by: world.actor) }
                let slow = Task { try await service.deploy("moody", .number(1), by: world.actor) }
                let hasBegun = try await eventually { FileManager.default.fileExists(atPath: folder + "/begun") }
                #expect(hasBegun)
                let back = try await service.rollBack("scores", by: world.actor)
                #expect(back.version == 1)
                #expect(service.endpoints().map { $0.endpoint.name } == ["scores"], "the other is still being loaded")
                try Data().write(to: URL(filePath: folder + "/open"))
                let endpoint = try await slow.value
                #expect(endpoint.state == .ready)
            }
        }
    }

    @Test("does not bring back an endpoint that was undeployed while it was loaded")
    func undeployedMeanwhile() async throws {
        try await withPython { world, service in
            try await withTemporaryFolder { folder in
                try await world.registerMoody(also: ["gate": folder + "/open"])
                try await world.register("scores", fixture: "gbdt")
                _ = try await service.deploy("scores", .number(1), by: world.actor)
                let slow = Task {
                    await refusal { _ = try await service.deploy("moody", .number(1), to: "scores", by: world.actor) }
                }
                let hasBegun = try await eventually { FileManager.default.fileExists(atPath: folder + "/begun") }
                #expect(hasBegun)
                try await service.undeploy("scores", by: world.actor)
                try Data().write(to: URL(filePath: folder + "/open"))
                #expect(await slow.value.hasPrefix("RESOURCE_CONFLICT: Endpoint 'scores' was undeployed"))
                #expect(service.endpoints().isEmpty)
            }
        }
    }

    @Test("has as many processes as it is deployed with, and leaves none behind")
    func replicas() async throws {
        try await withPython { world, service in
            try await world.registerMoody()
            let wishes = try EndpointWishes(replicas: 2, batching: nil)
            _ = try await service.deploy("moody", .number(1), wishes, by: world.actor)
            let first = try service.replicas("moody").compactMap(\.processID)
            #expect(first.count == 2 && first.allSatisfy(isAlive))
            _ = try await service.deploy("moody", .number(1), by: world.actor)
            let second = try service.replicas("moody").compactMap(\.processID)
            #expect(second.count == 2 && Set(first).isDisjoint(with: second))
            #expect(try await eventually { !first.contains(where: isAlive) })
            try await service.undeploy("moody", by: world.actor)
            #expect(try await eventually { !second.contains(where: isAlive) })
        }
    }

    @Test("is restored with its settings", arguments: DatabaseBackend.allCases)
    func restores(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            try await withTemporaryFolder { folder in
                try await world.registerMoody()
                try await restore(world, in: folder)
                // The copies of files go with those who held them.
                let models = folder + "/workers/models"
                #expect(try await eventually { try entries(of: models).isEmpty })
            }
        }
    }

    private func restore(_ world: ServingWorld, in folder: String) async throws {
        let (service, runtime) = try world.makePythonService(in: folder)
        let wishes = try EndpointWishes(replicas: 2, batching: "on")
        _ = try await service.deploy("moody", .number(1), wishes, by: world.actor)
        let before = try service.replicas("moody").compactMap(\.processID)
        await runtime.shutDown()
        #expect(!before.contains(where: isAlive))
        let (again, other) = try world.makePythonService(in: folder)
        try await again.restore()
        #expect(try again.endpoint("moody").endpoint.state == .ready)
        #expect(try again.replicas("moody").count == 2)
        await other.shutDown()
    }

    private func entries(of folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
    }

    @Test("that can't be loaded is refused, and so is a Python without MLflow")
    func refuses() async throws {
        try await withPython { world, service in
            try await world.registerMoody(also: ["broken": "yes"])
            let broken = await refusal { _ = try await service.deploy("moody", .number(1), by: world.actor) }
            #expect(broken.contains("MLflow can't load it: ValueError: this model can't be loaded"))
            #expect(service.endpoints().isEmpty)
            try await withTemporaryFolder { folder in
                let bare = folder + "/python3"
                try Data("#!/bin/sh\nexec \(testPython) -S \"$@\"\n".utf8).write(to: URL(filePath: bare))
                try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: bare)
                let (other, _) = try world.makePythonService(in: folder, python: bare)
                let lacking = await refusal { _ = try await other.deploy("moody", .number(1), by: world.actor) }
                #expect(lacking.hasPrefix("NOT_IMPLEMENTED") && lacking.contains("the Python at hand has no MLflow"))
            }
        }
    }
}
