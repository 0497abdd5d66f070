import Kernel
import Logging
import ServiceLifecycle
import Statistics
import Registry
import TestSupport
import Testing

@testable import Serving

@Suite("A canary", .serialized)
struct CanaryTests {
    private static let ramp =
        #"{"policy": "canary", "steps": [20, 50], "requests_min": 40, "seconds_min": 10, "checks": ["error_rate", "metric"]}"#

    private static func started(
        _ world: ServingWorld,
        second: String = "gbdt_zipmap",
        _ policy: String = ramp
    ) async throws -> ServingService {
        let service = try await TrafficTests.deployed(world, second: second)
        _ = try await service.setTraffic(
            "scores",
            TrafficRequest(policy: try TrafficTests.policy(policy), variants: [.init(version: .number(2))]),
            by: world.actor
        )
        return service
    }

    /// Asks until both variants have answered so many requests in this step; answers the requests' names by variant.
    @discardableResult
    private static func ask(_ service: ServingService, until count: Int) async throws -> [String: [String]] {
        let body = try TrafficTests.body()
        var names: [String: [String]] = [:]
        for _ in 0..<5_000 {
            let evidence = try #require(service.routes["scores"]?.rollout?.evidence)
            if min(evidence.reference.requests, evidence.current.requests) >= count { break }
            do {
                let answer = try await service.predict(body)
                names[answer["variant"]?.stringValue ?? "", default: []].append(answer["request_id"]?.stringValue ?? "")
            } catch {
                // A canary that fails is what some tests are about.
            }
        }
        return names
    }

    @Test("goes on step by step and takes over by itself", arguments: DatabaseBackend.allCases)
    func promotes(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let service = try await Self.started(world)
            try await Self.ask(service, until: 40)
            try await service.lookAfterCanaries()
            #expect(try await service.view("scores").variants.map(\.share) == [0.8, 0.2], "its time is not over")
            world.clock.advance(byMilliseconds: 10_000)
            try await service.lookAfterCanaries()
            #expect(try await service.view("scores").variants.map(\.share) == [0.5, 0.5])
            #expect(try service.endpoint("scores").endpoint.policyVersion == 3)
            world.clock.advance(byMilliseconds: 10_000)
            try await service.lookAfterCanaries()
            #expect(try service.endpoint("scores").endpoint.policyVersion == 3, "it has too few requests")
            try await Self.ask(service, until: 40)
            try await service.lookAfterCanaries()
            let endpoint = try service.endpoint("scores").endpoint
            #expect(endpoint.policy == .single && endpoint.version == 2 && endpoint.policyVersion == 4)
            let record = try #require(try await service.rollouts(of: "scores").first)
            #expect(record.status == .promoted && record.policyVersion == 2 && record.endedAt != nil)
            #expect(
                try await world.trace().map { $0.split(separator: " ").prefix(2).joined(separator: " ") } == [
                    "ada endpoint.deployed", "ada endpoint.traffic_changed", "martlet endpoint.canary_advanced",
                    "martlet endpoint.canary_promoted",
                ]
            )
            // What was stable is a rollback away.
            #expect(try await service.rollBack("scores", by: world.actor).version == 1)
        }
    }

    @Test("that fails goes by itself, with the reason", arguments: DatabaseBackend.allCases)
    func rollsBackOnErrors(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            // The second version takes rows of another width, so that all its requests fail.
            let service = try await Self.started(world, second: "mlp")
            try await Self.ask(service, until: 20)
            try await service.lookAfterCanaries()
            let endpoint = try service.endpoint("scores").endpoint
            #expect(endpoint.policy == .single && endpoint.version == 1)
            let record = try #require(try await service.rollouts(of: "scores").first)
            #expect(record.status == .rolledBack)
            #expect(record.reason?.hasPrefix("The canary fails unlike the stable variant (p = ") == true)
            #expect(record.evidence.current.errors == record.evidence.current.requests)
            try await world.registry.deleteVersion("scores", 2, by: world.actor)
            #expect(try await service.predict(try TrafficTests.body())["model_version"] == "1")
        }
    }

    @Test("that fails gets no request more, however long something else is being deployed")
    func haltsBesideDeployment() async throws {
        try await withServing { world in
            let service = try await Self.started(world, second: "mlp")
            try await Self.ask(service, until: 20)
            let begun = AsyncStream.makeStream(of: Void.self)
            let ended = AsyncStream.makeStream(of: Void.self)
            let deployment = Task {
                try await service.deployments.take {
                    begun.continuation.finish()
                    for await _ in ended.stream {}
                }
            }
            for await _ in begun.stream {}
            let looking = Task { try await service.lookAfterCanaries() }
            service.haltCanaries()
            for _ in 0..<50 { #expect(try await service.predict(try TrafficTests.body())["variant"] == "v1") }
            #expect(try service.endpoint("scores").endpoint.policy != .single)
            ended.continuation.finish()
            try await deployment.value
            try await looking.value
            #expect(try service.endpoint("scores").endpoint.policy == .single)
        }
    }

    @Test("whose metric is worse goes by itself, also by feedback that comes late", arguments: DatabaseBackend.allCases)
    func rollsBackOnMetric(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let service = try await Self.started(world)
            let names = try await Self.ask(service, until: 40)
            world.clock.advance(byMilliseconds: 10_000)
            try await service.lookAfterCanaries()
            #expect(try service.endpoint("scores").endpoint.policyVersion == 3, "nothing speaks against it yet")
            var feedback: [Feedback] = []
            for (variant, ids) in names {
                for (index, id) in ids.enumerated() {
                    let value = (variant == "v1" ? 10 : 9) + Double(index % 5) / 10
                    feedback.append(try Feedback(requestID: id, value: value, groundTruth: nil))
                }
            }
            let stranger = String(repeating: "0", count: 32)
            feedback.append(try Feedback(requestID: stranger, value: 1, groundTruth: nil))
            let receipt = try await service.take(feedback)
            #expect(receipt.matched == feedback.count - 1 && receipt.unknown == [stranger])
            try await service.lookAfterCanaries()
            #expect(try service.endpoint("scores").endpoint.version == 1)
            let record = try #require(try await service.rollouts(of: "scores").first)
            #expect(record.status == .rolledBack && record.reason?.contains("metric differs by -") == true)
            #expect(record.evidence.metrics[0].current.count == names["v2"]?.count)
            let logged = try await world.log.page(PredictionFilter(variant: "v2"), limit: 1000).records
            #expect(logged.allSatisfy { ($0.metricValue ?? 0) >= 9 })
        }
    }

    @Test("counts feedback that is told twice once")
    func feedbackOnce() async throws {
        try await withServing { world in
            let service = try await Self.started(world)
            let names = try await Self.ask(service, until: 5)
            let id = try #require(names["v2"]?.first)
            for value in [1.0, 5] {
                _ = try await service.take([try Feedback(requestID: id, value: value, groundTruth: nil)])
            }
            let evidence = try #require(service.routes["scores"]?.rollout?.evidence)
            #expect(evidence.metrics[0].current.count == 1 && evidence.metrics[0].current.mean == 1)
            let record = try await world.log.page(limit: 1000).records.first { $0.requestID == id }
            #expect(record?.metricValue == 5)
        }
    }

    @Test("remembers over a restart what it has seen, and goes on", arguments: DatabaseBackend.allCases)
    func restart(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let first = try await Self.started(world)
            try await Self.ask(first, until: 40)
            let evidence = try #require(first.routes["scores"]?.rollout?.evidence)
            try await first.saveEvidence()
            let second = try world.makeService()
            try await second.restore()
            #expect(second.routes["scores"]?.rollout?.evidence == evidence)
            world.clock.advance(byMilliseconds: 10_000)
            try await second.lookAfterCanaries()
            #expect(try await second.view("scores").variants.map(\.share) == [0.5, 0.5])
        }
    }

    @Test("gives its share to the stable variant while its model is not loaded")
    func notLoaded() async throws {
        try await withServing { world in
            let first = try await Self.started(world)
            let version = try await world.registry.version("scores", .number(2))
            try await world.put(Array("broken".utf8), at: version.storageLocation + "/model.onnx")
            let second = try world.makeService()
            try await second.restore()
            for _ in 0..<50 {
                #expect(try await second.predict(try TrafficTests.body())["variant"] == "v1")
            }
            #expect(second.routes["scores"]?.rollout?.evidence.reference.requests == 0)
            let stable = try #require(second.routes["scores"]?.primary.model)
            let refused = await refusal { try await second.load("scores", by: world.actor) }
            #expect(refused.hasPrefix("INTERNAL_ERROR: failed to load 'scores', "))
            #expect(second.routes["scores"]?.primary.model === stable, "what answers is not loaded anew")
            #expect(first.routes["scores"] != nil)
        }
    }

    @Test("is looked after by its service, and what it has seen is saved when the server ends")
    func keeper() async throws {
        try await withServing { world in
            let service = try await Self.started(world, second: "mlp")
            let keeper = RolloutKeeper(serving: service, logger: Logger(label: "test"))
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(services: [keeper], logger: Logger(label: "test"))
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let body = try TrafficTests.body()
                let deadline = ContinuousClock.now + .seconds(30)
                while try service.endpoint("scores").endpoint.policy != .single, ContinuousClock.now < deadline {
                    for _ in 0..<50 { _ = try? await service.predict(body) }
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(try service.endpoint("scores").endpoint.policy == .single)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    @Test("as good as the stable variant is rolled back at most as often as it says, by the judge alone")
    func falseAlarms() {
        var plan = CanaryPlan()
        plan.steps = [10, 100]
        plan.requestsMin = 100
        var generator = SplitMix64(seed: 11)
        let start = Timestamp(milliseconds: 0)
        let alarms = (0..<200).count { _ in
            var evidence = RolloutEvidence(startedAt: start)
            for _ in 0..<1_500 {
                let isCurrent = Double.random(in: 0..<1, using: &generator) < plan.share
                let isError = Double.random(in: 0..<1, using: &generator) < 0.05
                let latency = Double.random(in: 0..<1, using: &generator)
                let metric = Double.random(in: 0..<1, using: &generator) < 0.3 ? 1.0 : 0
                func count(_ arm: inout RolloutEvidence.Arm) {
                    arm.requests += 1
                    if isError { arm.errors += 1 } else { arm.logLatency.add(latency) }
                }
                if isCurrent {
                    count(&evidence.current)
                    evidence.metrics[0].current.add(metric)
                } else {
                    count(&evidence.reference)
                    evidence.metrics[0].reference.add(metric)
                }
                if case .rollBack = CanaryJudge.decision(plan, evidence, at: start) { return true }
            }
            return false
        }
        // 5 % of 200, and four standard deviations.
        #expect(alarms <= 22, "\(alarms)")
    }

    @Test("that is slower than allowed is rolled back, and one within what is allowed is not")
    func latency() {
        var plan = CanaryPlan()
        plan.latencyRatioMax = 1.5
        var generator = SplitMix64(seed: 3)
        func decision(_ factor: Double) -> CanaryJudge.Decision {
            var evidence = RolloutEvidence(startedAt: Timestamp(milliseconds: 0))
            for index in 0..<2_000 {
                let latency = Logarithm.of(Double.random(in: 0.5..<2, using: &generator))
                if index.isMultiple(of: 20) {
                    evidence.current.requests += 1
                    evidence.current.logLatency.add(latency + Logarithm.of(factor))
                } else {
                    evidence.reference.requests += 1
                    evidence.reference.logLatency.add(latency)
                }
            }
            return CanaryJudge.decision(plan, evidence, at: Timestamp(milliseconds: 0))
        }
        #expect(decision(1.3) == .wait)
        guard case .rollBack(let verdict) = decision(3) else {
            Issue.record("a slow canary stays")
            return
        }
        #expect(verdict.check == .latency && (2.4...3.6).contains(verdict.estimate))
        #expect(verdict.reason.hasPrefix("The canary takes ") && verdict.pValue < verdict.level)
    }
}
