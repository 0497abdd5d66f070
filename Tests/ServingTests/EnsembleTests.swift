import Inference
import Kernel
import Statistics
import Testing

@testable import Serving

@Suite("An ensemble")
struct EnsembleTests {
    private static func output(_ name: String, _ values: Tensor.Values, _ shape: [Int], classes: [Int64]? = nil) throws
        -> NamedTensor
    {
        NamedTensor(
            name: name,
            tensor: try Tensor(values, shape: shape),
            classes: try classes.map { try Tensor(.int64($0), shape: [$0.count]) }
        )
    }

    @Test("averages numbers by the variants' weights")
    func averages() throws {
        let answers = try [[1.0, 2], [3, 6]].map { [try Self.output("y", .double($0), [2])] }
        let equal = try Ensemble(plan: EnsemblePlan(method: .mean, weights: [])).outputs(answers)
        #expect(equal[0].tensor.values == .double([2, 4]))
        let weighted = try Ensemble(plan: EnsemblePlan(method: .mean, weights: [3, 1])).outputs(answers)
        #expect(weighted[0].tensor.values == .double([1.5, 3]))
    }

    @Test("votes on labels; at a tie the first variant has the say")
    func votes() throws {
        let answers = try [["a", "b"], ["c", "c"], ["c", "d"]].map { [try Self.output("label", .string($0), [2])] }
        let joined = try Ensemble(plan: EnsemblePlan(method: .vote, weights: [])).outputs(answers)
        #expect(joined[0].tensor.values == .string(["c", "b"]))
        let heavy = try Ensemble(plan: EnsemblePlan(method: .vote, weights: [5, 1, 1])).outputs(answers)
        #expect(heavy[0].tensor.values == .string(["a", "b"]))
    }

    @Test("takes the class of the highest average, where numbers are by class")
    func classes() throws {
        // Two of three say 0, but the third is far surer.
        let answers = try [[0.55, 0.45], [0.6, 0.4], [0.05, 0.95]].map { probabilities in
            [
                try Self.output("label", .int64([probabilities[0] > 0.5 ? 0 : 1]), [1]),
                try Self.output("probabilities", .double(probabilities), [1, 2], classes: [0, 1]),
            ]
        }
        let mean = try Ensemble(plan: EnsemblePlan(method: .mean, weights: [])).outputs(answers)
        #expect(mean[0].tensor.values == .int64([1]))
        let vote = try Ensemble(plan: EnsemblePlan(method: .vote, weights: [])).outputs(answers)
        #expect(vote[0].tensor.values == .int64([0]))
    }

    @Test("refuses answers of different forms")
    func misfits() throws {
        let answers = [[try Self.output("y", .double([1]), [1])], [try Self.output("y", .double([1, 2]), [2])]]
        let error = #expect(throws: MartletError.self) {
            _ = try Ensemble(plan: EnsemblePlan(method: .mean, weights: [])).outputs(answers)
        }
        #expect(error?.message.contains("different forms") == true)
    }

    @Test("is not what a shadow is: it compares, by label and by number")
    func comparison() throws {
        var comparison = ShadowComparison()
        let answer = [
            try Self.output("label", .int64([0, 1]), [2]), try Self.output("p", .float([0.1, 0.9]), [2, 1]),
        ]
        let shadow = [
            try Self.output("label", .int64([0, 0]), [2]), try Self.output("p", .float([0.3, 0.4]), [2, 1]),
        ]
        comparison.add(answer, shadow, rows: 2)
        #expect(comparison.rows == 2 && comparison.agreement == 0.5 && comparison.misfits == 0)
        #expect(abs(comparison.difference.mean + 0.15) < 1e-6 && abs(comparison.distance.mean - 0.35) < 1e-6)
        #expect(abs(comparison.distanceMax - 0.5) < 1e-6)
        comparison.add(answer, [answer[0]], rows: 2)
        #expect(comparison.rows == 2 && comparison.misfits == 1)
    }
}
