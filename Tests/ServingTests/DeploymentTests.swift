import Database
import Inference
import Kernel
import Ledger
import Registry
import TestSupport
import Testing

@testable import Serving

@Suite("A deployment", .serialized)
struct DeploymentTests {
    @Test("serves a registered version, and says so in the Ledger", arguments: DatabaseBackend.allCases)
    func serves(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let service = try world.makeService()
            let version = try await world.register("scores", fixture: "gbdt")
            let endpoint = try await service.deploy("scores", .number(1), by: world.actor)
            #expect(endpoint.name == "scores" && endpoint.state == .ready && endpoint.version == 1)
            #expect(version.pin == .pinned(endpoint.digest))
            #expect(endpoint.inputs.map(\.name) == ["input"])
            #expect(try await world.trace() == ["ada endpoint.deployed scores endpoints,endpoint:scores,models"])
            let holders = try await world.database.read { try InUseStore.holders(of: version.subject, on: $0) }
            #expect(holders == [Endpoint.subject("scores")])
            let edges = try await world.database.read { connection in
                try connection.query(
                    "SELECT from_id, relation, to_id FROM lineage_edges WHERE to_kind = 'endpoint'",
                    []
                ) { row in
                    try (0..<3).map { try row.text($0) }.joined(separator: " ")
                }
            }
            #expect(edges == ["scores/1 deployed_to scores"])
        }
    }

    @Test("replaces the version in place and frees the old one", arguments: DatabaseBackend.allCases)
    func replaces(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let service = try world.makeService()
            let old = try await world.register("scores", fixture: "gbdt")
            let new = try await world.register("scores", fixture: "gbdt_zipmap")
            _ = try await service.deploy("scores", .number(1), by: world.actor)
            _ = try await service.deploy("scores", .latest, by: world.actor)
            #expect(try service.endpoint("scores").endpoint.version == 2)
            let holders = try await world.database.read { connection in
                [old, new].map { try? InUseStore.holders(of: $0.subject, on: connection).map(\.id) }
            }
            #expect(holders == [[], ["scores"]])
            try await world.registry.deleteVersion("scores", 1, by: world.actor)
            let refused = await refusal { try await world.registry.deleteVersion("scores", 2, by: world.actor) }
            #expect(refused.hasPrefix("RESOURCE_CONFLICT") || refused.contains("scores"))
            try await service.undeploy("scores", by: world.actor)
            #expect(service.endpoints().isEmpty)
            try await world.registry.deleteVersion("scores", 2, by: world.actor)
        }
    }

    @Test("is refused for what is not registered, not pinned, or no ONNX model")
    func refuses() async throws {
        try await withServing { world in
            let service = try world.makeService()
            let unknown = await refusal { _ = try await service.deploy("nothing", .number(1), by: world.actor) }
            #expect(unknown.hasPrefix("RESOURCE_DOES_NOT_EXIST"))
            try await world.registerVersion("far", source: "s3://bucket/model")
            let unpinned = await refusal { _ = try await service.deploy("far", .number(1), by: world.actor) }
            #expect(unpinned.hasPrefix("INVALID_PARAMETER_VALUE: Model Version (name=far, version=1) is not pinned"))
            try await world.register("trees", fixture: "gbdt", document: ServingWorld.document(flavor: "sklearn"))
            let other = await refusal { _ = try await service.deploy("trees", .number(1), by: world.actor) }
            #expect(other.contains("no onnx flavor") && other.contains("python_function, sklearn"))
            let named = await refusal { _ = try await service.deploy("trees", .number(1), to: "a/b", by: world.actor) }
            #expect(named.contains("neither \"/\" nor control characters"))
            #expect(service.endpoints().isEmpty)
        }
    }

    @Test("refuses a changed byte and leaves the old version serving")
    func refusesChangedFile() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("scores", fixture: "gbdt")
            let second = try await world.register("scores", fixture: "gbdt_zipmap")
            _ = try await service.deploy("scores", .number(1), by: world.actor)
            var bytes = Array(try Fixture.bytes("gbdt_zipmap.onnx"))
            bytes[bytes.count / 2] ^= 1
            try await world.put(bytes, at: second.storageLocation + "/model.onnx")
            let refused = await refusal { _ = try await service.deploy("scores", .number(2), by: world.actor) }
            #expect(refused.hasPrefix("RESOURCE_CONFLICT: The file model.onnx of Model Version"))
            #expect(try service.endpoint("scores").endpoint.version == 1)
            #expect(try await world.trace().count == 1)
        }
    }

    @Test("refuses a signature that does not fit the file")
    func refusesMisfit() async throws {
        try await withServing { world in
            let service = try world.makeService()
            let columns = ServingWorld.columns([("a", "double"), ("b", "double")])
            try await world.register("two", fixture: "gbdt", document: ServingWorld.document(inputs: columns))
            let refused = await refusal { _ = try await service.deploy("two", .number(1), by: world.actor) }
            #expect(refused.contains("2 columns") && refused.contains("[-1, 30]"))
            try await world.register("broken", fixture: "gbdt", document: ServingWorld.document(), file: "other.onnx")
            let missing = await refusal { _ = try await service.deploy("broken", .number(1), by: world.actor) }
            #expect(missing.contains("no file model.onnx"))
        }
    }

    @Test("comes back after a restart, and a broken one is failed with its reason", arguments: DatabaseBackend.allCases)
    func restores(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let first = try world.makeService()
            try await world.register("good", fixture: "gbdt")
            let bad = try await world.register("bad", fixture: "gbdt")
            _ = try await first.deploy("good", .number(1), by: world.actor)
            _ = try await first.deploy("bad", .number(1), by: world.actor)
            try await world.put(Array("not a model".utf8), at: bad.storageLocation + "/model.onnx")

            let second = try world.makeService()
            #expect(!second.isRestored)
            try await second.restore()
            #expect(second.isRestored)
            #expect(try second.endpoint("good").endpoint.state == .ready)
            guard case .failed(let message) = try second.endpoint("bad").endpoint.state else {
                Issue.record("a broken endpoint is not failed")
                return
            }
            #expect(message.contains("has changed since it was registered"))
            let away = await refusal { _ = try await second.predict("{\"model_name\": \"bad\", \"inputs\": [1]}") }
            #expect(away.hasPrefix("TEMPORARILY_UNAVAILABLE"))
        }
    }

    @Test("is of the version that is meant when its turn comes, whatever was loaded before", .timeLimit(.minutes(5)))
    func turns() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("scores", fixture: "gbdt")
            let begun = AsyncStream.makeStream(of: Void.self)
            let ended = AsyncStream.makeStream(of: Void.self)
            let other = Task {
                try await service.deployments.take {
                    begun.continuation.finish()
                    for await _ in ended.stream {}
                }
            }
            for await _ in begun.stream {}
            let deployment = Task { try await service.deploy("scores", .latest, by: world.actor) }
            while service.deployments.waitingCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
            try await world.register("scores", fixture: "gbdt_zipmap")
            ended.continuation.finish()
            try await other.value
            let endpoint = try await deployment.value
            #expect(endpoint.version == 2)
        }
    }

    @Test("of an unknown endpoint does not end")
    func undeploysUnknown() async throws {
        try await withServing { world in
            let service = try world.makeService()
            let told = await refusal { try await service.undeploy("x", by: world.actor) }
            #expect(told.hasPrefix("ENDPOINT_NOT_FOUND"))
        }
    }

    @Test("changes nothing for a request that has begun")
    func requestsKeepTheirModel() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("scores", fixture: "gbdt")
            try await world.register("scores", fixture: "mlp")
            _ = try await service.deploy("scores", .number(1), by: world.actor)
            let row = try Fixture("gbdt").rows[0]
            let body = "{\"model_name\": \"scores\", \"inputs\": \(row)}"
            let call = try Array(body.utf8).withUnsafeBytes { try service.predictCall($0) }
            _ = try await service.deploy("scores", .number(2), by: world.actor)
            let prediction = try await service.run(call)
            #expect(prediction.endpoint.version == 1)
            #expect(try service.endpoint("scores").statistics.requests == 1)
        }
    }
}
