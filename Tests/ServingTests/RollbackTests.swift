import Database
import Kernel
import Ledger
import Registry
import TestSupport
import Testing

@testable import Serving

@Suite("A rollback", .serialized)
struct RollbackTests {
    private static let canary = #"{"policy": "canary", "steps": [50], "checks": ["error_rate"]}"#

    /// An endpoint "scores" that has served so many versions, one after the other, of which the last is served.
    private static func deployed(_ world: ServingWorld, versions: Int) async throws -> ServingService {
        let service = try world.makeService()
        for number in 1...versions {
            try await world.register("scores", fixture: number.isMultiple(of: 2) ? "gbdt_zipmap" : "gbdt")
            _ = try await service.deploy("scores", .number(number), by: world.actor)
        }
        return service
    }

    private static func tries(_ version: Int, _ policy: String, _ world: ServingWorld, _ service: ServingService)
        async throws
    {
        let request = TrafficRequest(
            policy: try TrafficTests.policy(policy),
            variants: [.init(version: .number(version))]
        )
        _ = try await service.setTraffic("scores", request, by: world.actor)
    }

    @Test(
        "walks back through all versions that were served, not those that were tried, over a restart too",
        arguments: DatabaseBackend.allCases
    )
    func chain(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let service = try await Self.deployed(world, versions: 3)
            // The fourth version takes rows of another width, so that all its requests fail.
            try await world.register("scores", fixture: "mlp")
            try await Self.tries(4, Self.canary, world, service)
            #expect(try await service.view("scores").previous?.version == 3, "a canary that goes on is ended")
            for _ in 0..<60 { _ = try? await service.predict(try TrafficTests.body()) }
            try await service.lookAfterCanaries()
            #expect(try await service.rollouts(of: "scores").first?.status == .rolledBack)
            #expect(try await service.view("scores").previous?.version == 2)
            #expect(try await service.rollBack("scores", by: world.actor).version == 2)
            #expect(try await service.predict(try TrafficTests.body())["model_version"] == "2")
            let second = try world.makeService()
            try await second.restore()
            #expect(try await second.view("scores").previous?.version == 1)
            #expect(try await second.rollBack("scores", by: world.actor).version == 1)
            #expect(try await second.predict(try TrafficTests.body())["model_version"] == "1")
            #expect(try await second.view("scores").previous == nil)
            let refused = await refusal { _ = try await second.rollBack("scores", by: world.actor) }
            #expect(refused.hasPrefix("RESOURCE_CONFLICT") && refused.contains("nothing was served before"))
            #expect(try second.endpoint("scores").endpoint.version == 1)
            // What was left comes back by a deployment, and is then the present of a new step.
            _ = try await second.deploy("scores", .number(3), by: world.actor)
            #expect(try await second.view("scores").previous?.version == 1)
        }
    }

    @Test("ends what is tried, and then goes on to the version before", arguments: ["canary", "ab_test", "shadow"])
    func endsTrials(kind: String) async throws {
        try await withServing { world in
            let service = try await Self.deployed(world, versions: 2)
            try await world.register("scores", fixture: "gbdt")
            let name = kind == "ab_test" ? #", "name": "x""# : ""
            try await Self.tries(3, "{\"policy\": \"\(kind)\"\(name)}", world, service)
            let back = try await service.rollBack("scores", by: world.actor)
            #expect(back.version == 2 && back.policy == .single)
            #expect(try await service.rollBack("scores", by: world.actor).version == 1)
        }
    }

    @Test(
        "skips versions that were deleted, and says what is left when that is nothing",
        arguments: DatabaseBackend.allCases
    )
    func skips(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let service = try await Self.deployed(world, versions: 3)
            try await world.registry.deleteVersion("scores", 2, by: world.actor)
            #expect(try await service.view("scores").previous?.version == 1)
            #expect(try await service.views().first?.previous?.version == 1)
            #expect(try await service.rollBack("scores", by: world.actor).version == 1)
            let activity = try #require(try await Self.last(world))
            #expect(activity.action == "endpoint.rolled_back")
            #expect(activity.details["skipped"] == ["version 2 of scores"])
            _ = try await service.deploy("scores", .number(3), by: world.actor)
            try await world.registry.deleteVersion("scores", 1, by: world.actor)
            #expect(try await service.view("scores").previous == nil)
            let refused = await refusal { _ = try await service.rollBack("scores", by: world.actor) }
            #expect(refused.hasPrefix("RESOURCE_CONFLICT"))
            #expect(refused.contains("deleted: version 1 of scores"), "\(refused)")
            #expect(try service.endpoint("scores").endpoint.version == 3)
        }
    }

    private static func last(_ world: ServingWorld) async throws -> Activity? {
        while try await world.activities.seal() {}
        return try await world.activities.activities(after: 0, limit: 1000).last
    }

    @Test("to what can't be loaded is refused, says which version that is, and changes nothing")
    func refusesBroken() async throws {
        try await withServing { world in
            _ = try await Self.deployed(world, versions: 2)
            let first = try await world.registry.version("scores", .number(1))
            try await world.put(Array("broken".utf8), at: first.storageLocation + "/model.onnx")
            // Nothing is kept over a restart.
            let service = try world.makeService()
            try await service.restore()
            let refused = await refusal { _ = try await service.rollBack("scores", by: world.actor) }
            #expect(refused.hasPrefix("RESOURCE_CONFLICT: Endpoint \"scores\" can't go back to version 1 of scores"))
            let endpoint = try service.endpoint("scores").endpoint
            #expect(endpoint.version == 2 && endpoint.policyVersion == 2 && endpoint.state == .ready)
            #expect(try await service.view("scores").previous?.version == 1)
        }
    }

    @Test("goes back to what answered alone, where what stood by can't be loaded")
    func lostStandBy() async throws {
        try await withServing { world in
            let before = try await Self.deployed(world, versions: 2)
            _ = try await before.setTraffic(
                "scores",
                TrafficRequest(policy: .blueGreen, variants: [.init(name: "green", version: .number(1))]),
                by: world.actor
            )
            try await world.register("scores", fixture: "gbdt")
            _ = try await before.deploy("scores", .number(3), by: world.actor)
            let first = try await world.registry.version("scores", .number(1))
            try await world.put(Array("broken".utf8), at: first.storageLocation + "/model.onnx")
            // Nothing is kept over a restart.
            let service = try world.makeService()
            try await service.restore()
            let back = try await service.rollBack("scores", by: world.actor)
            #expect(back.policy == .single && back.variants.map(\.version) == [2])
            #expect(try await service.predict(try TrafficTests.body())["model_version"] == "2")
        }
    }

    @Test("names only what is gone when there is nothing to go back to")
    func namesGone() async throws {
        try await withServing { world in
            let service = try await Self.deployed(world, versions: 3)
            // The steps are 3, 2 and 1, and 2 is what is served.
            _ = try await service.deploy("scores", .number(2), by: world.actor)
            try await world.registry.deleteVersion("scores", 3, by: world.actor)
            try await world.registry.deleteVersion("scores", 1, by: world.actor)
            let refused = await refusal { _ = try await service.rollBack("scores", by: world.actor) }
            #expect(refused.contains("deleted: version 3 of scores; version 1 of scores."), "\(refused)")
        }
    }

    @Test("or a deployment to a version that is deleted meanwhile is refused", arguments: DatabaseBackend.allCases)
    func deletedMeanwhile(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let service = try await Self.deployed(world, versions: 2)
            let served = try #require(service.routes["scores"])
            let former = try #require(served.history.steps.first)
            try await world.registry.deleteVersion("scores", 1, by: world.actor)
            let change = EndpointChange(
                endpoint: former,
                models: [nil],
                activity: "endpoint.rolled_back",
                details: former.trafficDetails
            )
            let refused = await refusal { try await service.commit(change, by: world.actor) }
            #expect(refused.hasPrefix("RESOURCE_CONFLICT: Version 1 of scores was deleted"), "\(refused)")
            #expect(try service.endpoint("scores").endpoint.version == 2)
            let stored = try #require(try await world.database.read { try EndpointStore.endpoint("scores", on: $0) })
            #expect(stored.endpoint.version == 2)
        }
    }

    @Test("goes one step back when two ask at the same time")
    func twoAtOnce() async throws {
        try await withServing { world in
            let service = try await Self.deployed(world, versions: 3)
            let told = try await Self.inOneTurn(service) {
                [
                    Task { await refusal { _ = try await service.rollBack("scores", by: world.actor) } },
                    Task { await refusal { _ = try await service.rollBack("scores", by: world.actor) } },
                ]
            }
            #expect(told.count { $0 == "nothing was refused" } == 1, "\(told)")
            #expect(told.contains { $0.hasPrefix("RESOURCE_CONFLICT") && $0.contains("was changed meanwhile") })
            #expect(try service.endpoint("scores").endpoint.version == 2)
            #expect(try await service.view("scores").previous?.version == 1)
        }
    }

    @Test("that a deployment overtakes is refused, and what is served is whole")
    func besideDeployment() async throws {
        try await withServing { world in
            let service = try await Self.deployed(world, versions: 3)
            try await world.register("scores", fixture: "gbdt")
            let told = try await Self.inOneTurn(service) {
                let deployment = Task {
                    await refusal { _ = try await service.deploy("scores", .number(4), by: world.actor) }
                }
                let isWaiting = try await eventually { service.deployments.waitingCount == 1 }
                #expect(isWaiting)
                return [
                    deployment, Task { await refusal { _ = try await service.rollBack("scores", by: world.actor) } },
                ]
            }
            #expect(told[0] == "nothing was refused" && told[1].contains("was changed meanwhile"), "\(told)")
            let endpoint = try service.endpoint("scores").endpoint
            #expect(endpoint.version == 4 && endpoint.policyVersion == 4)
            #expect(try await service.view("scores").previous?.version == 3)
            let stored = try #require(try await world.database.read { try EndpointStore.endpoint("scores", on: $0) })
            #expect(stored.endpoint.version == 4 && stored.history.steps.map(\.version) == [3, 2, 1])
        }
    }

    /// Starts two tasks that change endpoints while nobody's turn comes; what they are told once it does.
    private static func inOneTurn(
        _ service: ServingService,
        _ start: () async throws -> [Task<String, Never>]
    ) async throws -> [String] {
        let begun = AsyncStream.makeStream(of: Void.self)
        let ended = AsyncStream.makeStream(of: Void.self)
        let holder = Task {
            try await service.deployments.take {
                begun.continuation.finish()
                for await _ in ended.stream {}
            }
        }
        for await _ in begun.stream {}
        let tasks = try await start()
        let areWaiting = try await eventually { service.deployments.waitingCount == tasks.count }
        #expect(areWaiting)
        ended.continuation.finish()
        try await holder.value
        var told: [String] = []
        for task in tasks { told.append(await task.value) }
        return told
    }

    @Test("of an endpoint that an older release left goes back its one step", arguments: DatabaseBackend.allCases)
    func migrates(backend: DatabaseBackend) async throws {
        let old = Array(ServingSchema.migrations.prefix { $0.name != "serving.V008_keep_histories" })
        try await withTestDatabase(backend, migrations: old) { database in
            let digest = ContentDigest(of: [1])
            let previous = """
                {"policy_version": 4, "policy": {"policy": "single"}, "variants": [{"name": "v2", "model_name": "m", \
                "model_version": 2, "digest": "\(digest.hexadecimal)", "deployed_at": 7, "deployed_by": "ada"}]}
                """
            try await database.write { connection -> Void in
                for (name, previous) in [("fresh", nil), ("scores", previous)] {
                    try connection.execute(
                        "INSERT INTO endpoints (name, policy_version, previous) VALUES ($1, 5, $2)",
                        [.text(name), .text(previous)]
                    )
                    try connection.execute(
                        "INSERT INTO endpoint_variants VALUES ($1, 0, 'v3', 'm', 3, $2, 9, 'ada')",
                        [.text(name), .text(digest.hexadecimal)]
                    )
                }
            }
            try await database.migrate(ServingSchema.migrations)
            let records = try await database.read { try EndpointStore.all(on: $0) }
            #expect(records.map(\.endpoint.name) == ["fresh", "scores"])
            #expect(records[0].history.steps.isEmpty)
            let step = try #require(records[1].history.steps.first)
            #expect(records[1].history.steps.count == 1)
            #expect(step.version == 2 && step.policyVersion == 4 && step.policy == .single && step.digest == digest)
        }
    }
}

@Suite("The history of an endpoint")
struct EndpointHistoryTests {
    private static func endpoint(_ policyVersion: Int, _ policy: TrafficPolicy, _ versions: Int...) -> Endpoint {
        Endpoint(
            name: "e",
            policyVersion: policyVersion,
            policy: policy,
            variants: versions.map { version in
                Variant(
                    name: "v\(version)",
                    modelName: "m",
                    version: version,
                    digest: ContentDigest(of: [UInt8(version)]),
                    deployedAt: Timestamp(milliseconds: 0),
                    deployedBy: Actor(name: "ada")
                )
            }
        )
    }

    /// The primaries' versions in the history after these policies, each with its variants' versions, newest first.
    private static func steps(_ changes: (policy: TrafficPolicy, versions: [Int])...) -> [Int] {
        var history = EndpointHistory()
        var present: Endpoint?
        for (index, change) in changes.enumerated() {
            let next = Endpoint(
                name: "e",
                policyVersion: index + 1,
                policy: change.policy,
                variants: change.versions.flatMap { endpoint(index, .single, $0).variants }
            )
            if let present { history = history.following(present, by: next) }
            present = next
        }
        return history.steps.map(\.version)
    }

    private static let canary = TrafficPolicy.canary(CanaryPlan())
    private static let ensemble = TrafficPolicy.ensemble(EnsemblePlan(method: .mean, weights: []))

    @Test("has a step for each policy that answered everything, and none for what was only tried")
    func steps() {
        #expect(Self.steps((.single, [1]), (.single, [2]), (.single, [1])) == [2, 1])
        #expect(Self.steps((.single, [1]), (.single, [1])).isEmpty, "how it is run is no step")
        #expect(Self.steps((.single, [1]), (.single, [2]), (Self.canary, [2, 3])) == [2, 1])
        #expect(Self.steps((.single, [1]), (.single, [2]), (Self.canary, [2, 3]), (.single, [2])) == [1])
        #expect(Self.steps((.single, [1]), (.single, [2]), (Self.canary, [2, 3]), (.single, [3])) == [2, 1])
        #expect(Self.steps((.single, [1]), (Self.canary, [1, 2]), (Self.canary, [1, 3]), (.single, [3])) == [1])
        #expect(Self.steps((.single, [1]), (.shadow(share: 1), [1, 2]), (.single, [2])) == [1])
        #expect(Self.steps((.single, [1]), (.shadow(share: 1), [2, 3]), (.single, [3])) == [2, 1])
        #expect(Self.steps((.single, [3]), (.shadow(share: 1), [4, 5]), (.shadow(share: 1), [6, 4])) == [4, 3])
        #expect(Self.steps((.single, [3]), (.shadow(share: 1), [4, 5]), (Self.canary, [6, 4])) == [4, 3])
        #expect(Self.steps((.single, [3]), (.shadow(share: 1), [4, 5]), (Self.canary, [4, 6])) == [3])
        #expect(Self.steps((.single, [1]), (.blueGreen, [1, 2])).isEmpty, "what stands by answers nothing")
        #expect(Self.steps((.single, [1]), (.blueGreen, [1, 2]), (.blueGreen, [2, 1])) == [1])
        #expect(Self.steps((.single, [1]), (Self.ensemble, [1, 2]), (Self.canary, [1, 3]), (.single, [1])) == [1, 1])
    }

    @Test("forgets the oldest steps beyond its bound")
    func bound() {
        var history = EndpointHistory()
        for number in 1...40 {
            history = history.following(
                Self.endpoint(number, .single, number),
                by: Self.endpoint(number + 1, .single, number + 1)
            )
        }
        #expect(history.steps.map(\.version) == Array((21...40).reversed()))
    }

    @Test("leads past what is gone, and never to what answers already")
    func wayBack() throws {
        let steps = [Self.endpoint(3, .single, 2), Self.endpoint(2, .single, 1), Self.endpoint(1, .single, 3)]
        let history = EndpointHistory(steps)
        func there(_ versions: Int...) -> Set<Variant.Identity> {
            Set(steps.flatMap(\.variants).filter { versions.contains($0.version) }.map(\.identity))
        }
        let present = Self.endpoint(4, .single, 1)
        let near = try #require(history.wayBack(from: present, there(1, 2, 3)))
        #expect(near.endpoint.version == 2 && near.history.steps.map(\.version) == [1, 3] && near.skipped.isEmpty)
        let far = try #require(history.wayBack(from: present, there(1, 3)))
        #expect(far.endpoint.version == 3 && far.history.steps.isEmpty && far.skipped.map(\.version) == [2])
        #expect(history.wayBack(from: present, there(1)) == nil)
        // What answers like the present is no way back, and has not gone.
        #expect(history.gone(among: there(1)).map(\.version) == [2, 3])
    }

    @Test("leads to what answered, without what stood by and is gone")
    func standBy() throws {
        let step = Self.endpoint(2, .blueGreen, 1, 2)
        let history = EndpointHistory([step, Self.endpoint(1, .single, 4)])
        let present = Self.endpoint(3, .single, 3)
        let (live, standBy) = (step.variants[0].identity, step.variants[1].identity)
        let whole = try #require(history.wayBack(from: present, [live, standBy]))
        #expect(whole.endpoint.policy == .blueGreen && whole.endpoint.variants.map(\.version) == [1, 2])
        let alone = try #require(history.wayBack(from: present, [live]))
        #expect(alone.endpoint.policy == .single && alone.endpoint.variants.map(\.version) == [1])
        #expect(alone.endpoint.policyVersion == 2 && alone.skipped.isEmpty && alone.history.steps.map(\.version) == [4])
        #expect(history.wayBack(from: present, [standBy]) == nil)
    }
}
