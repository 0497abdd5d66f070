import Inference
import Kernel
import Logging
import Synchronization
import Registry
import TestSupport
import Testing

@testable import Serving

@Suite("A shadow", .serialized)
struct ShadowTests {
    private static func started(
        _ world: ServingWorld,
        _ service: ServingService,
        policy: String = #"{"policy": "shadow"}"#
    ) async throws {
        try await world.register("scores", fixture: "gbdt")
        try await world.register("scores", fixture: "gbdt_zipmap")
        _ = try await service.deploy("scores", .number(1), by: world.actor)
        _ = try await service.setTraffic(
            "scores",
            TrafficRequest(policy: try TrafficTests.policy(policy), variants: [.init(version: .number(2))]),
            by: world.actor
        )
    }

    @Test(
        "answers copies that are compared, and logged apart from what callers got",
        arguments: DatabaseBackend.allCases
    )
    func compares(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let service = try world.makeService()
            try await Self.started(world, service)
            let rows = try Fixture("gbdt").rows
            let answer = try await service.predictBatch("{\"model_name\": \"scores\", \"inputs\": \(rows)}")
            #expect(answer["model_version"] == "1")
            let names = (answer["request_ids"]?.arrayValue ?? []).compactMap(\.stringValue)
            await service.shadows.drain()
            #expect(service.shadows.waiting == 0)
            let record = try #require(try await service.rollouts(of: "scores").first)
            #expect(record.evidence.comparison.rows == rows.count && record.evidence.comparison.agreement == 1)
            #expect(record.evidence.comparison.distanceMax < 1e-6 && record.evidence.comparison.errors == 0)
            let callers = try await world.log.page(PredictionFilter(endpoint: "scores")).records
            #expect(callers.count == rows.count && callers.allSatisfy { $0.modelVersion == 1 })
            let copies = try await world.log.page(PredictionFilter(endpoint: "scores", isShadow: true)).records
            #expect(copies.count == rows.count && copies.allSatisfy { $0.modelVersion == 2 && $0.variant == "v2" })
            #expect(Set(copies.compactMap(\.shadowOf)) == Set(names))
            #expect(try await world.log.rows(endpoint: "scores", window: .lastRows(100)).count == rows.count)
            let view = try await service.view("scores")
            #expect(view.statistics.requests == 1 && view.variants.map(\.statistics.requests) == [1, 1])
        }
    }

    @Test("is spared what finds its queue full, and callers notice nothing")
    func drops() async throws {
        try await withServing { world in
            var limits = ShadowQueue.Limits()
            limits.copiesMax = 3
            let service = try ServingService(
                database: world.database,
                registry: world.registry,
                engines: .init(runtime: ServingWorld.runtime, executor: try InferenceExecutor(threads: 1)),
                log: world.log,
                activities: world.activities,
                clock: world.clock.clock,
                shadowLimits: limits,
                logger: Logger(label: "test")
            )
            try await Self.started(world, service)
            for _ in 0..<10 {
                #expect(try await service.predict(try TrafficTests.body())["model_version"] == "1")
            }
            #expect(service.shadows.waiting == 3 && service.shadows.dropped == 7)
            await service.shadows.drain()
            let comparison = try #require(service.routes["scores"]?.rollout?.evidence.comparison)
            #expect(comparison.rows == 3 && comparison.dropped == 7)
        }
    }

    @Test("sees the share that it is given")
    func share() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await Self.started(world, service, policy: #"{"policy": "shadow", "share": 0.25}"#)
            for _ in 0..<400 { _ = try await service.predict(try TrafficTests.body()) }
            #expect((60...145).contains(service.shadows.waiting), "\(service.shadows.waiting)")
        }
    }

    @Test("is answered by its service until the server ends")
    func service() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await Self.started(world, service)
            let task = Task { try await service.shadows.run() }
            for _ in 0..<20 { _ = try await service.predict(try TrafficTests.body()) }
            let deadline = ContinuousClock.now + .seconds(30)
            while service.shadows.waiting > 0, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(service.routes["scores"]?.rollout?.evidence.comparison.rows == 20)
            task.cancel()
            try await task.value
        }
    }
}
