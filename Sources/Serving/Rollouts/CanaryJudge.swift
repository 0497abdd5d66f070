package import Kernel
package import Statistics

/// Says of a canary, by what has been seen and the time alone, what is to become of it.
package enum CanaryJudge {
    /// Fewer answers of a side are too few for a comparison of means.
    package static let samplesMin = 30
    /// The most answers of a side for which a comparison of means is at its sharpest.
    static let tunedForMax = 1_000

    /// What is to become of a canary.
    package enum Decision: Sendable, Hashable {
        /// Nothing yet.
        case wait
        /// It gets the share of the next step.
        case advance
        /// It takes over.
        case promote
        /// It goes.
        case rollBack(Verdict)
    }

    /// What speaks against a canary.
    package struct Verdict: Sendable, Hashable {
        /// What was compared.
        package let check: CanaryPlan.Check
        /// How the canary compares with the stable variant: a ratio, for the metric a difference.
        package let estimate: Double
        /// The probability of evidence like this at any moment, were the canary as good as it must be.
        package let pValue: Double
        /// Below which probability the canary is refused.
        package let level: Double

        /// In a sentence.
        package var reason: String {
            let evidence = "p = \(Self.short(pValue)), refused below \(Self.short(level))"
            switch check {
            case .errorRate:
                let times = estimate.isFinite ? "\(Self.short(estimate)) times as often as" : "unlike"
                return "The canary fails \(times) the stable variant (\(evidence))."
            case .latency:
                return "The canary takes \(Self.short(estimate)) times as long as the stable variant (\(evidence))."
            case .metric:
                return "The canary's metric differs by \(Self.short(estimate)) for the worse (\(evidence))."
            }
        }

        /// Three significant digits.
        private static func short(_ value: Double) -> String {
            guard value != 0, value.isFinite else { return "\(value)" }
            var scale = 1.0
            while abs(value) * scale < 100, scale < 1e12 { scale *= 10 }
            return "\((value * scale).rounded() / scale)"
        }
    }

    /// What is to become of the canary with `plan`, of which `evidence` is known, at `now`.
    package static func decision(_ plan: CanaryPlan, _ evidence: RolloutEvidence, at now: Timestamp) -> Decision {
        for check in plan.checks {
            guard let result = comparison(check, plan, evidence) else { continue }
            let level = plan.level(of: check)
            guard result.isWorse, result.test.refuses(at: level) else { continue }
            return .rollBack(
                Verdict(check: check, estimate: result.shown, pValue: result.test.pValue, level: level)
            )
        }
        let milliseconds = now.milliseconds - evidence.stepStartedAt.milliseconds
        let metric = evidence.step < evidence.metrics.count ? evidence.metrics[evidence.step].current.count : 0
        guard evidence.current.requests >= plan.requestsMin, Double(milliseconds) >= plan.secondsMin * 1000,
            metric >= plan.feedbackMin
        else { return .wait }
        return plan.step + 1 >= plan.steps.count - 1 ? .promote : .advance
    }

    /// Below which probability `check` refuses the canary with `plan`.
    package static func level(of check: CanaryPlan.Check, _ plan: CanaryPlan) -> Double { plan.level(of: check) }

    /// How a canary compares in one check.
    package struct Comparison: Sendable, Hashable {
        /// The test of "no worse than allowed".
        package let test: SequentialResult
        /// Whether what was seen is worse than allowed.
        package let isWorse: Bool
        /// The estimate as people read it: a ratio, for the metric a difference.
        package let shown: Double
    }

    /// How the canary compares in `check`; nil while there is too little to compare.
    package static func comparison(
        _ check: CanaryPlan.Check,
        _ plan: CanaryPlan,
        _ evidence: RolloutEvidence
    ) -> Comparison? {
        switch check {
        case .errorRate:
            guard evidence.reference.requests > 0, evidence.current.requests > 0 else { return nil }
            let test = SequentialEvents.test(
                reference: evidence.reference.errors,
                current: evidence.current.errors,
                share: plan.share,
                ratio: plan.errorRatioMax
            )
            return Comparison(test: test, isWorse: test.estimate > plan.errorRatioMax, shown: test.estimate)
        case .latency:
            let allowed = Logarithm.of(plan.latencyRatioMax)
            let stratum = SequentialMeans.Stratum(
                reference: evidence.reference.logLatency,
                current: evidence.current.logLatency
            )
            guard let test = means([stratum], margin: allowed, plan, .latency) else { return nil }
            let isWorse = test.estimate > allowed
            return Comparison(test: test, isWorse: isWorse, shown: Logarithm.inverse(test.estimate))
        case .metric:
            let sign = plan.metricDirection == .higher ? -1.0 : 1.0
            guard let test = means(evidence.metrics, margin: sign * plan.metricLossMax, plan, .metric) else {
                return nil
            }
            return Comparison(test: test, isWorse: sign * test.estimate > plan.metricLossMax, shown: test.estimate)
        }
    }

    private static func means(
        _ strata: [SequentialMeans.Stratum],
        margin: Double,
        _ plan: CanaryPlan,
        _ check: CanaryPlan.Check
    ) -> SequentialResult? {
        let enough = strata.filter { min($0.reference.count, $0.current.count) >= samplesMin }
        return SequentialMeans.test(
            enough,
            margin: margin,
            alpha: plan.level(of: check),
            // A step that asks for very many requests must not be blind to a large harm among the first of them.
            tunedFor: Double(min(max(samplesMin, plan.requestsMin), tunedForMax))
        )
    }
}
