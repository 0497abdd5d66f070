package import Kernel
package import Statistics

/// What has been seen of two variants beside each other.
package struct RolloutEvidence: Sendable, Hashable {
    /// What requests showed of one variant.
    package struct Arm: Sendable, Hashable {
        /// Requests answered, rightly or with an error.
        package var requests = 0
        /// Those answered with an error.
        package var errors = 0
        /// The natural logarithm of the milliseconds that right answers took.
        package var logLatency = RunningMoments()
    }

    /// When the policy began.
    package var startedAt: Timestamp
    /// When the present step began.
    package var stepStartedAt: Timestamp
    /// The present step, from 0.
    package var step = 0
    /// The first variant in the present step.
    package var reference = Arm()
    /// The second variant in the present step.
    package var current = Arm()
    /// What feedback said, by step.
    package var metrics: [SequentialMeans.Stratum] = [SequentialMeans.Stratum()]
    /// How predictions compare with their ground truth, 1 for right and 0 for wrong, by what is counted.
    package var outcomes: [ABTest.Metric: SequentialMeans.Stratum] = [:]
    /// How the answers of a shadow compare with those that callers got.
    package var comparison = ShadowComparison()

    /// Nothing seen yet.
    package init(startedAt: Timestamp) {
        self.startedAt = startedAt
        stepStartedAt = startedAt
    }

    /// What is seen from the beginning of the next step on.
    mutating func beginStep(_ step: Int, at time: Timestamp) {
        self.step = step
        stepStartedAt = time
        reference = Arm()
        current = Arm()
        while metrics.count <= step { metrics.append(SequentialMeans.Stratum()) }
    }
}
