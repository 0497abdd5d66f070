package import Statistics

/// What an experiment says so far; it may be asked at any time.
package enum ABJudge {
    /// Which of the two is better.
    package enum Winner: String, Sendable {
        case control, treatment, undecided
    }

    /// What one metric says.
    package struct Result: Sendable, Hashable {
        /// The metric.
        package let metric: ABTest.Metric
        /// How many numbers the control gave.
        package let controlCount: Int
        /// How many numbers the treatment gave.
        package let treatmentCount: Int
        /// The control's mean: a share, for the latency milliseconds; nil before the first.
        package let control: Double?
        /// The treatment's.
        package let treatment: Double?
        /// The test of "no difference"; of the latency's logarithm. nil while there is too little.
        package let test: SequentialResult?
        /// One less the p-value: how sure it is that there is a difference, in [0, 1).
        package let confidence: Double
        /// Which is better, once that is sure enough.
        package let winner: Winner
    }

    /// What the experiment says.
    package struct Verdict: Sendable, Hashable {
        /// By metric.
        package let results: [Result]
        /// The one that is better in at least one metric and worse in none.
        package let winner: Winner
        /// The least confidence among the metrics that say so; of an undecided experiment the greatest of all.
        package let confidence: Double
    }

    /// What `evidence` says of `test`; each success metric has its part of the level.
    package static func verdict(_ test: ABTest, _ evidence: RolloutEvidence) -> Verdict {
        let results = test.successMetrics.map { result($0, test, evidence) }
        let decided = results.filter { $0.winner != .undecided }
        guard let winner = decided.first?.winner, decided.allSatisfy({ $0.winner == winner }) else {
            let confidence = results.map(\.confidence).max() ?? 0
            return Verdict(results: results, winner: .undecided, confidence: confidence)
        }
        return Verdict(results: results, winner: winner, confidence: decided.map(\.confidence).min() ?? 0)
    }

    private static func result(_ metric: ABTest.Metric, _ test: ABTest, _ evidence: RolloutEvidence) -> Result {
        let stratum = stratum(metric, evidence)
        let level = test.alpha / Double(max(1, test.successMetrics.count))
        let isEnough = min(stratum.reference.count, stratum.current.count) >= CanaryJudge.samplesMin
        let outcome =
            isEnough ? SequentialMeans.test([stratum], alpha: level, tunedFor: Double(CanaryJudge.tunedForMax)) : nil
        var winner = Winner.undecided
        if let outcome, outcome.refuses(at: level) {
            winner = (outcome.estimate < 0) == metric.isLowerBetter ? .treatment : .control
        }
        func mean(_ moments: RunningMoments) -> Double? {
            guard moments.count > 0 else { return nil }
            return metric == .latency ? Logarithm.inverse(moments.mean) : moments.mean
        }
        return Result(
            metric: metric,
            controlCount: stratum.reference.count,
            treatmentCount: stratum.current.count,
            control: mean(stratum.reference),
            treatment: mean(stratum.current),
            test: outcome,
            confidence: outcome.map { 1 - $0.pValue } ?? 0,
            winner: winner
        )
    }

    private static func stratum(_ metric: ABTest.Metric, _ evidence: RolloutEvidence) -> SequentialMeans.Stratum {
        switch metric {
        case .errorRate:
            SequentialMeans.Stratum(reference: evidence.reference.errorShare, current: evidence.current.errorShare)
        case .latency:
            SequentialMeans.Stratum(reference: evidence.reference.logLatency, current: evidence.current.logLatency)
        case .metric: evidence.metrics.first ?? SequentialMeans.Stratum()
        case .accuracy, .precision, .recall: evidence.outcomes[metric] ?? SequentialMeans.Stratum()
        }
    }
}

extension RolloutEvidence.Arm {
    /// The share of errors as a mean of zeros and ones.
    fileprivate var errorShare: RunningMoments {
        guard requests > 0 else { return RunningMoments() }
        let share = Double(errors) / Double(requests)
        return RunningMoments(count: requests, mean: share, squares: Double(requests) * share * (1 - share))
    }

    /// The typical time of a right answer in milliseconds, as a geometric mean; nil before the first.
    package var latencyMs: Double? {
        logLatency.count > 0 ? Logarithm.inverse(logLatency.mean) : nil
    }
}
