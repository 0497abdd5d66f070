/// How a canary's share grows, and what holds it back.
package struct CanaryPlan: Sendable, Hashable {
    /// What of the canary is compared with the stable variant.
    package enum Check: String, Sendable, CaseIterable {
        /// Requests answered with an error.
        case errorRate = "error_rate"
        /// The time that an answer takes.
        case latency
        /// The number that feedback gives for a request.
        case metric
    }

    /// Which numbers of the metric are the better ones.
    package enum Direction: String, Sendable, CaseIterable {
        case higher, lower
    }

    /// The shares of the steps in percent, growing, the last one 100.
    package var steps: [Double] = [5, 20, 50, 100]
    /// The step that it is at, from 0.
    package var step = 0
    /// The requests of the canary that a step has at least.
    package var requestsMin = 200
    /// The seconds that a step takes at least.
    package var secondsMin = 60.0
    /// The numbers of feedback for the canary that a step has at least.
    package var feedbackMin = 0
    /// How probable it may be that a canary as good as the stable variant is rolled back at all, in (0, 1).
    package var alpha = 0.05
    /// What is compared.
    package var checks = Check.allCases
    /// How many times as frequent as the stable variant's the canary's errors may be, 1 or more.
    package var errorRatioMax = 1.0
    /// How many times as long as the stable variant's the canary's typical answer may take, 1 or more.
    package var latencyRatioMax = 1.2
    /// By how much the mean of the metric may be worse, 0 or more.
    package var metricLossMax = 0.0
    /// Which numbers of the metric are better.
    package var metricDirection = Direction.higher
    /// Whether it goes on, takes over and goes back by itself.
    package var isAutomatic = true
    /// What holds a caller to one variant; nil for chance alone.
    package var key: RoutingKey?

    /// The canary's share of the requests now, in [0, 1].
    package var share: Double { steps[step] / 100 }

    /// The level at which one check refuses a canary: each check, and each step of those that begin anew with it, has its
    /// part of the whole.
    func level(of check: Check) -> Double {
        let part = alpha / Double(max(1, checks.count))
        return check == .metric ? part : part / Double(max(1, steps.count - 1))
    }
}
