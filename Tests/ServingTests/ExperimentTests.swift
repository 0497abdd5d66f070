import Kernel
import Statistics
import Registry
import TestSupport
import Testing

@testable import Serving

@Suite("An experiment", .serialized)
struct ExperimentTests {
    @Test("is decided by ground truth, and says how sure it is", arguments: DatabaseBackend.allCases)
    func decides(backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let service = try await TrafficTests.deployed(world)
            let policy = #"{"policy": "ab_test", "name": "x", "success_metrics": ["accuracy", "precision", "metric"]}"#
            _ = try await service.setTraffic(
                "scores",
                TrafficRequest(
                    policy: try TrafficTests.policy(policy),
                    variants: [
                        .init(name: "control", version: .number(1)), .init(name: "treatment", version: .number(2)),
                    ]
                ),
                by: world.actor
            )
            // Row 0 is predicted as 1. What is true is 1 for the treatment, and half the time 0 for the control.
            var feedback: [Feedback] = []
            for index in 0..<400 {
                let answer = try await service.predict(try TrafficTests.body())
                let isRight = answer["variant"] == "treatment" || index.isMultiple(of: 2)
                feedback.append(
                    try Feedback(
                        requestID: try #require(answer["request_id"]?.stringValue),
                        value: nil,
                        groundTruth: isRight ? 1 : 0
                    )
                )
            }
            _ = try await service.take(feedback)
            let record = try #require(try await service.rollouts(of: "scores").first)
            guard case .abTest(let test) = record.policy else {
                Issue.record("no experiment")
                return
            }
            let verdict = ABJudge.verdict(test, record.evidence)
            #expect(verdict.winner == .treatment && verdict.confidence > 0.98)
            #expect(verdict.results.map(\.winner) == [.treatment, .treatment, .undecided])
            #expect(verdict.results[0].treatment == 1 && verdict.results[2].treatmentCount == 0)
            let interval = try #require(verdict.results[0].test?.interval)
            #expect(interval.lowerBound > 0)
            let logged = try await world.log.page(limit: 1000).records
            #expect(logged.allSatisfy { $0.groundTruth == "1" || $0.groundTruth == "0" })
        }
    }

    @Test("keeps what it has seen when its status changes, and gives everybody the control when it is over")
    func keeps() async throws {
        try await withServing { world in
            let service = try await TrafficTests.deployed(world)
            func set(_ status: String, _ variants: [TrafficRequest.Wanted]) async throws {
                let policy = #"{"policy": "ab_test", "name": "x", "status": "\#(status)"}"#
                let request = TrafficRequest(policy: try TrafficTests.policy(policy), variants: variants)
                _ = try await service.setTraffic("scores", request, by: world.actor)
            }
            try await set("running", [.init(version: .number(2))])
            for _ in 0..<50 { _ = try await service.predict(try TrafficTests.body()) }
            let before = try #require(service.routes["scores"]?.rollout?.evidence)
            #expect(before.current.requests > 5 && before.reference.requests > 5)
            try await set("completed", [])
            for _ in 0..<20 {
                #expect(try await service.predict(try TrafficTests.body())["variant"] == "v1")
            }
            #expect(service.routes["scores"]?.rollout?.evidence == before)
            #expect(try await service.rollouts(of: "scores").count == 1)
            try await set("running", [])
            _ = try await service.predict(try TrafficTests.body())
            let after = try #require(service.routes["scores"]?.rollout?.evidence)
            #expect(after.current.requests + after.reference.requests == 51)
        }
    }

    @Test(
        "judges a prediction by what turned out to be true",
        arguments: [
            ("1", "1", [1.0, 1, 1]), ("0", "1", [0, -1, 0]), ("1", "0", [0, 0, -1]), ("0.7", "1", [1, 1, 1]),
            ("0.2", "0", [1, -1, -1]), ("\"cat\"", "\"cat\"", [1, -1, -1]), ("\"cat\"", "\"dog\"", [0, -1, -1]),
            (#"{"label": 1, "p": {"0": 0.1}}"#, "true", [1, 1, 1]), ("[1]", "1", [1, 1, 1]),
            ("null", "1", [-1, -1, -1]),
            ("3.5", "3.5", [1, -1, -1]),
        ]
    )
    func outcomes(prediction: String, truth: String, expected: [Double]) throws {
        let found = PredictionOutcome.outcomes(
            prediction: try JSON.parse(prediction.utf8),
            truth: try JSON.parse(truth.utf8)
        )
        let byMetric = Dictionary(uniqueKeysWithValues: found)
        let shown = [ABTest.Metric.accuracy, .precision, .recall].map { byMetric[$0] ?? -1 }
        #expect(shown == expected)
    }

    @Test("of no difference finds one at most as often as it says")
    func falseVerdicts() {
        var test = ABTest(name: "x")
        test.successMetrics = [.errorRate, .latency, .metric]
        var generator = SplitMix64(seed: 23)
        let verdicts = (0..<150).count { _ in
            var evidence = RolloutEvidence(startedAt: Timestamp(milliseconds: 0))
            for index in 0..<1_200 {
                let isError = Double.random(in: 0..<1, using: &generator) < 0.1
                let latency = Double.random(in: 0..<3, using: &generator)
                if Bool.random(using: &generator) {
                    evidence.current.requests += 1
                    evidence.current.errors += isError ? 1 : 0
                    evidence.current.logLatency.add(latency)
                    evidence.metrics[0].current.add(latency * latency)
                } else {
                    evidence.reference.requests += 1
                    evidence.reference.errors += isError ? 1 : 0
                    evidence.reference.logLatency.add(latency)
                    evidence.metrics[0].reference.add(latency * latency)
                }
                if index.isMultiple(of: 5), ABJudge.verdict(test, evidence).winner != .undecided { return true }
            }
            return false
        }
        // 5 % of 150, and four standard deviations.
        #expect(verdicts <= 18, "\(verdicts)")
    }
}
