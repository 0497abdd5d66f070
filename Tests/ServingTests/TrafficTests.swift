import Database
import Inference
import Kernel
import Ledger
import Registry
import TestSupport
import Testing

@testable import Serving

@Suite("Traffic", .serialized)
struct TrafficTests {
    static func policy(_ text: String) throws -> TrafficPolicy {
        try TrafficPolicy(try JSON.parse(text.utf8).objectValue ?? JSONObject())
    }

    /// An endpoint "scores" of version 1, and a second version beside it.
    static func deployed(_ world: ServingWorld, second: String = "gbdt_zipmap") async throws -> ServingService {
        let service = try world.makeService()
        try await world.register("scores", fixture: "gbdt")
        try await world.register("scores", fixture: second)
        _ = try await service.deploy("scores", .number(1), by: world.actor)
        return service
    }

    static func body() throws -> String {
        "{\"model_name\": \"scores\", \"inputs\": \(try Fixture("gbdt").rows[0])}"
    }

    @Test("that is shared out goes to both variants by their shares, and each answers with its own version")
    func splits() async throws {
        try await withServing { world in
            let service = try await Self.deployed(world)
            let endpoint = try await service.setTraffic(
                "scores",
                TrafficRequest(
                    policy: try Self.policy(#"{"policy": "canary", "steps": [25, 100], "automatic": false}"#),
                    variants: [.init(version: .number(2))]
                ),
                by: world.actor
            )
            #expect(endpoint.variants.map(\.name) == ["v1", "v2"] && endpoint.policyVersion == 2)
            var versions: [String: Int] = [:]
            for _ in 0..<400 {
                let answer = try await service.predict(try Self.body())
                let version = try #require(answer["model_version"]?.stringValue)
                #expect(answer["variant"]?.stringValue == "v\(version)")
                versions[version, default: 0] += 1
            }
            #expect((60...145).contains(versions["2"] ?? 0), "\(versions)")
            let view = try await service.view("scores")
            #expect(view.variants.map(\.share) == [0.75, 0.25])
            #expect(view.variants.map { Int($0.statistics.requests) } == [versions["1"] ?? 0, versions["2"] ?? 0])
            #expect(view.statistics.requests == 400)
            let logged = try await world.log.page(PredictionFilter(variant: "v2"), limit: 1000).records
            #expect(
                logged.count == versions["2"] && logged.allSatisfy { $0.modelVersion == 2 && $0.policyVersion == 2 }
            )
        }
    }

    @Test("goes to the version that the request names, whatever the policy says")
    func named() async throws {
        try await withServing { world in
            let service = try await Self.deployed(world)
            _ = try await service.setTraffic(
                "scores",
                TrafficRequest(policy: .blueGreen, variants: [.init(name: "green", version: .number(2))]),
                by: world.actor
            )
            let row = try Fixture("gbdt").rows[0]
            let green = "{\"model_name\": \"scores\", \"model_version\": \"2\", \"inputs\": \(row)}"
            #expect(try await service.predict(green)["variant"] == "green")
            #expect(try await service.predict(try Self.body())["variant"] == "v1")
            let records = try await world.log.page(limit: 10).records
            #expect(records.map(\.isDrawn).sorted { !$0 && $1 } == [false, true])
        }
    }

    @Test("of an experiment holds a caller by header or field", arguments: ["header", "field"])
    func sticky(place: String) async throws {
        try await withServing { world in
            let service = try await Self.deployed(world)
            _ = try await service.setTraffic(
                "scores",
                TrafficRequest(
                    policy: try Self.policy(#"{"policy": "ab_test", "name": "x", "key": {"\#(place)": "user"}}"#),
                    variants: [.init(name: "treatment", version: .number(2))]
                ),
                by: world.actor
            )
            let row = try Fixture("gbdt").rows[0]
            func variant(_ user: Int) async throws -> String? {
                let member = place == "field" ? "\"user\": \"u\(user)\", " : ""
                let body = "{\(member)\"model_name\": \"scores\", \"inputs\": \(row)}"
                let call = try Array(body.utf8).withUnsafeBytes { bytes in
                    try service.predictCall(bytes) { name in name == "user" && place == "header" ? "u\(user)" : nil }
                }
                return try await service.run(call).variant.name
            }
            var counts: [String: Int] = [:]
            for user in 0..<40 {
                let first = try #require(try await variant(user))
                #expect(try await variant(user) == first)
                let place = KeyHash.position(endpoint: "scores", experiment: "x", key: "u\(user)")
                #expect(first == (place < 0.5 ? "treatment" : "v1"))
                counts[first, default: 0] += 1
            }
            #expect(counts.count == 2)
        }
    }

    @Test("is cut over and back at once", arguments: DatabaseBackend.allCases)
    func blueGreen(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let service = try await Self.deployed(world)
            let staged = try await service.setTraffic(
                "scores",
                TrafficRequest(policy: .blueGreen, variants: [.init(name: "green", version: .number(2))]),
                by: world.actor
            )
            #expect(staged.version == 1)
            let cut = try await service.setTraffic(
                "scores",
                TrafficRequest(policy: .blueGreen, live: "green"),
                by: world.actor
            )
            #expect(cut.version == 2 && cut.variants.map(\.name) == ["green", "v1"])
            #expect(try await service.rollBack("scores", by: world.actor).version == 1)
            // What stood by has answered nobody, so that it is no step.
            let nothing = await refusal { _ = try await service.rollBack("scores", by: world.actor) }
            #expect(nothing.hasPrefix("RESOURCE_CONFLICT"))
            #expect(
                try await world.trace().map { $0.split(separator: " ")[1] } == [
                    "endpoint.deployed", "endpoint.traffic_changed", "endpoint.traffic_changed", "endpoint.rolled_back",
                ]
            )
        }
    }

    @Test("goes back to the version before without loading it again", arguments: DatabaseBackend.allCases)
    func rollsBack(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let service = try await Self.deployed(world)
            let nothing = await refusal { _ = try await service.rollBack("scores", by: world.actor) }
            #expect(nothing.hasPrefix("RESOURCE_CONFLICT") && nothing.contains("nothing to go back to"))
            _ = try await service.deploy("scores", .number(2), by: world.actor)
            // The file that version 1 was loaded from is broken now; the model that is kept is not.
            let first = try await world.registry.version("scores", .number(1))
            try await world.put(Array("broken".utf8), at: first.storageLocation + "/model.onnx")
            let back = try await service.rollBack("scores", by: world.actor)
            #expect(back.version == 1 && back.policyVersion == 3 && back.state == .ready)
            #expect(try await service.predict(try Self.body())["model_version"] == "1")
            let holders = try await world.database.read { try InUseStore.holders(of: first.subject, on: $0).map(\.id) }
            #expect(holders == ["scores"])
            let refused = await refusal { try await world.registry.deleteVersion("scores", 1, by: world.actor) }
            #expect(refused.contains("scores"))
        }
    }

    @Test("lets go of a kept model after its time")
    func releases() async throws {
        try await withServing { world in
            let service = try await Self.deployed(world)
            _ = try await service.deploy("scores", .number(2), by: world.actor)
            #expect(!service.kept.isEmpty)
            world.clock.advance(byMilliseconds: 899_000)
            await service.releaseModels()
            #expect(!service.kept.isEmpty)
            world.clock.advance(byMilliseconds: 2_000)
            await service.releaseModels()
            #expect(service.kept.isEmpty)
            #expect(try await service.rollBack("scores", by: world.actor).version == 1)
        }
    }

    @Test("survives a restart with all variants, each of which stays in use", arguments: DatabaseBackend.allCases)
    func restores(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let service = try await Self.deployed(world, second: "gbdt")
            let request = TrafficRequest(
                policy: try Self.policy(#"{"policy": "ensemble", "method": "vote", "weights": [2, 1]}"#),
                variants: [.init(name: "v1"), .init(version: .number(2))]
            )
            let refused = await refusal { _ = try await service.setTraffic("scores", request, by: world.actor) }
            #expect(refused == "nothing was refused")
            let second = try world.makeService()
            try await second.restore()
            let view = try await second.view("scores")
            #expect(view.endpoint.policy == request.policy && view.endpoint.policyVersion == 2)
            #expect(view.variants.map(\.variant.name) == ["v1", "v2"])
            #expect(view.variants.allSatisfy { $0.variant.state == .ready })
            #expect(view.previous?.policy == .single)
            for number in [1, 2] {
                let kept = await refusal { try await world.registry.deleteVersion("scores", number, by: world.actor) }
                #expect(kept.contains("scores"), "\(kept)")
            }
            let edges = try await world.database.read { connection in
                try connection.query(
                    "SELECT from_id FROM lineage_edges WHERE to_kind = 'endpoint' ORDER BY from_id",
                    []
                ) { try $0.text(0) }
            }
            #expect(edges == ["scores/1", "scores/2"])
        }
    }

    @Test("of an ensemble is refused when its variants answer in different forms")
    func forms() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("plain", fixture: "gbdt")
            try await world.register("mapped", fixture: "gbdt_zipmap")
            _ = try await service.deploy("plain", .number(1), by: world.actor)
            let request = TrafficRequest(
                policy: try Self.policy(#"{"policy": "ensemble", "method": "mean"}"#),
                variants: [.init(version: .number(1)), .init(modelName: "mapped", version: .number(1))]
            )
            let told = await refusal { _ = try await service.setTraffic("plain", request, by: world.actor) }
            #expect(
                told.hasSuffix("must answer in the same form: as many outputs, of the same kinds and types"),
                "\(told)"
            )
            let policy = try await service.view("plain").endpoint.policy
            #expect(policy == .single)
        }
    }

    @Test("is refused when its variants do not go together, and stays as it was")
    func refusals() async throws {
        try await withServing { world in
            let service = try await Self.deployed(world, second: "mlp")
            let actor = world.actor
            func told(_ policy: String, _ variants: [TrafficRequest.Wanted], live: String? = nil) async -> String {
                await refusal {
                    let request = TrafficRequest(policy: try Self.policy(policy), variants: variants, live: live)
                    _ = try await service.setTraffic("scores", request, by: actor)
                }
            }
            let shadow = await told(#"{"policy": "shadow"}"#, [.init(version: .number(2))])
            #expect(shadow.contains("must take the same inputs"))
            #expect(await told(#"{"policy": "canary"}"#, []).contains("has 2 variants, found 1"))
            #expect(await told(#"{"policy": "single"}"#, [.init(name: "v9")]).contains("\"v1\""))
            #expect(
                await told(#"{"policy": "blue_green"}"#, [.init(version: .number(7))]).hasPrefix("RESOURCE_DOES_NOT")
            )
            let twice = await told(#"{"policy": "blue_green"}"#, [.init(name: "v1"), .init(name: "v1")])
            #expect(twice.contains("Two variants are called"))
            let live = await told(#"{"policy": "blue_green"}"#, [.init(version: .number(2))], live: "red")
            #expect(live.contains("\"live\" must name"))
            let named = await told(#"{"policy": "blue_green"}"#, [.init(name: "a b", version: .number(2))])
            #expect(named.contains("neither spaces"))
            let unknown = await refusal {
                _ = try await service.setTraffic("x", TrafficRequest(policy: .single), by: actor)
            }
            #expect(unknown.hasPrefix("ENDPOINT_NOT_FOUND"))
            let endpoint = try service.endpoint("scores").endpoint
            #expect(endpoint.policyVersion == 1 && endpoint.policy == .single)
            #expect(try await world.trace().count == 1)
        }
    }

    @Test("changes one after the other, and a request sees one policy from its start to its end")
    func isAtomic() async throws {
        try await withServing { world in
            let service = try await Self.deployed(world)
            let body = try Self.body()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<6 {
                    group.addTask {
                        if index.isMultiple(of: 2) {
                            _ = try await service.deploy("scores", .number(2), by: world.actor)
                        } else {
                            let request = TrafficRequest(
                                policy: .blueGreen,
                                variants: [
                                    .init(name: "a", version: .number(1)), .init(name: "b", version: .number(2)),
                                ]
                            )
                            _ = try await service.setTraffic("scores", request, by: world.actor)
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<200 {
                        let call = try Array(body.utf8).withUnsafeBytes { try service.predictCall($0) }
                        await Task.yield()
                        let prediction = try await service.run(call)
                        #expect(prediction.endpoint.variants.contains { $0.name == prediction.variant.name })
                    }
                }
                try await group.waitForAll()
            }
            let endpoint = try service.endpoint("scores").endpoint
            #expect(endpoint.policyVersion == 7)
            #expect(try service.endpoint("scores").statistics.requests == 200)
        }
    }

    @Test("of endpoints from before there were variants becomes one variant of the policy single")
    func migrates() async throws {
        let old = Array(ServingSchema.migrations.prefix(2))
        for backend in DatabaseBackend.allCases {
            try await withTestDatabase(backend, migrations: old) { database in
                let digest = ContentDigest(of: [1])
                try await database.write { connection -> Void in
                    try connection.execute(
                        "INSERT INTO endpoints VALUES ('scores', 'm', 3, $1, 5, 'ada')",
                        [.text(digest.hexadecimal)]
                    )
                }
                try await database.migrate(ServingSchema.migrations)
                let record = try #require(try await database.read { try EndpointStore.all(on: $0).first })
                #expect(record.history.steps.isEmpty && record.endpoint.policy == .single)
                #expect(record.endpoint.policyVersion == 1 && record.endpoint.name == "scores")
                let variant = record.endpoint.primary
                #expect(variant.name == "v3" && variant.modelName == "m" && variant.version == 3)
                #expect(variant.digest == digest && variant.deployedBy.name == "ada")
                #expect(variant.deployedAt.milliseconds == 5)
            }
        }
    }
}
