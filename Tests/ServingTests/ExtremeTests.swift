import Inference
import Kernel
import Registry
import Statistics
import Testing

@testable import Serving

@Suite("What is as large or as small as can be")
struct ExtremeTests {
    @Test(
        "has rows of nothing only as far as memory goes",
        arguments: [[1 << 40, 0], [1, 0, 1 << 61, 8], [0, 1 << 21]]
    )
    func rowsOfNothing(shape: [Int]) throws {
        #expect(throws: MartletError.self) { try InferenceInputs.count(shape, "x") }
        #expect(try InferenceInputs.count([0, 30], "x") == 0 && InferenceInputs.count([3, 0, 7], "x") == 0)
        #expect(try InferenceInputs.count([], "x") == 1 && InferenceInputs.count([2, 3], "x") == 6)
    }

    @Test("is asked of a model as often as it has outputs, not more")
    func outputs() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("gbdt", fixture: "gbdt")
            _ = try await service.deploy("gbdt", .number(1), by: world.actor)
            let row = try Fixture("gbdt").rows[0]
            let names = [String](repeating: #"{"name": "label"}"#, count: 3).joined(separator: ", ")
            let body = #"""
                {"inputs": [{"name": "input", "shape": [1, 30], "datatype": "FP32", "data": \#(row)}], "outputs": [\#(names)]}
                """#
            let told = await refusal { _ = try await service.infer(Array(body.utf8), model: "gbdt") }
            #expect(told.hasPrefix("INVALID_PARAMETER_VALUE") && told.contains("found 3"), "\(told)")
        }
    }

    @Test("shares requests out as it was told, also after it was written down")
    func shares() throws {
        func policy(_ control: Double, _ treatment: Double) throws -> TrafficPolicy {
            let split: JSON = ["control": .number(control), "treatment": .number(treatment)]
            return try TrafficPolicy(["policy": "ab_test", "name": "x", "traffic_split": split])
        }
        for (control, treatment) in [(1e-8, 1e9), (1e9, 1e-8), (1, 1e-9)] {
            #expect(throws: MartletError.self) { try policy(control, treatment) }
        }
        for (control, treatment) in [(1, 1e-6), (1e-6, 1), (999_999, 1), (1, 999_999), (80, 20)] {
            var policy = try policy(control, treatment)
            for _ in 0..<5 { policy = try TrafficPolicy(policy.json) }
            #expect(abs(policy.share(of: 1, of: 2) - treatment / (control + treatment)) < 1e-8)
        }
        for weights in [[1e308, 1e308], [1e-300, 1]] {
            let numbers = JSON.array(weights.map { .number($0) })
            #expect(throws: MartletError.self) { try TrafficPolicy(["policy": "ensemble", "weights": numbers]) }
        }
    }

    @Test("does not make a comparison end the process")
    func feedback() {
        var stratum = SequentialMeans.Stratum()
        for index in 0..<40 {
            stratum.reference.add(index.isMultiple(of: 2) ? 1e308 : -1e308)
            stratum.current.add(Double(index))
        }
        #expect(stratum.reference.mean.isFinite && stratum.reference.squares.isFinite)
        let result = SequentialMeans.test([stratum], alpha: 0.05, tunedFor: 30)
        #expect(result?.estimate.isFinite ?? true)
    }

    @Test("says nothing of a model's pace where the model was not run")
    func kept() throws {
        let policy = try TrafficPolicy(["policy": "canary", "steps": [50]])
        let rollout = Rollout(policyVersion: 1, policy, RolloutEvidence(startedAt: Timestamp(milliseconds: 0)))
        rollout.recordAnswer(policyVersion: 1, isCurrent: true, nanoseconds: nil)
        rollout.recordAnswer(policyVersion: 1, isCurrent: true, nanoseconds: 5)
        #expect(rollout.evidence.current.requests == 2 && rollout.evidence.current.logLatency.count == 1)
        let before = rollout.evidence
        rollout.beginStep(1, at: Timestamp(milliseconds: 9))
        rollout.takeBack(before)
        rollout.recordAnswer(policyVersion: 1, isCurrent: true, nanoseconds: 5)
        #expect(rollout.evidence.current.requests == 3)
    }
}
