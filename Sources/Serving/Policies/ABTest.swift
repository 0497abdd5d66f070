package import Kernel

/// An experiment of two variants: who gets which, and what decides.
package struct ABTest: Sendable, Hashable {
    /// What the variants are compared by.
    package enum Metric: String, Sendable, CaseIterable {
        /// Requests answered with an error.
        case errorRate = "error_rate"
        /// The time that an answer takes.
        case latency
        /// The number that feedback gives for a request.
        case metric
        /// How often the prediction is the ground truth.
        case accuracy
        /// Of the positive predictions the share whose ground truth is positive.
        case precision
        /// Of the positive ground truths the share that was predicted.
        case recall

        /// Whether less of it is better.
        var isLowerBetter: Bool { self == .errorRate || self == .latency }
    }

    /// Whether it goes on.
    package enum Status: String, Sendable, CaseIterable {
        /// Begins later: everybody gets the control.
        case scheduled
        /// Callers are shared out.
        case running
        /// Held: everybody gets the control.
        case paused
        /// Over: everybody gets the control.
        case completed
    }

    /// A variant as whoever made the experiment calls it; nil for what was not said.
    package struct Arm: Sendable, Hashable {
        /// The variant's name.
        package var name: String?
        /// The registered model.
        package var modelID: String?
        /// The version, by its number or its semantic version.
        package var version: String?
    }

    /// The numbers of which callers are shared out in relation, both above 0.
    package struct Split: Sendable, Hashable {
        /// That of the control.
        package var control = 50.0
        /// That of the treatment.
        package var treatment = 50.0
    }

    /// Its name, which is part of what shares the callers out.
    package var name: String
    /// What it is for.
    package var description = ""
    /// What gets the callers that the treatment does not.
    package var control = Arm()
    /// What is tried.
    package var treatment = Arm()
    /// How callers are shared out.
    package var split = Split()
    /// When it begins; nil for at once.
    package var startDate: Timestamp?
    /// When it ends; nil for when somebody ends it.
    package var endDate: Timestamp?
    /// Whether it goes on.
    package var status = Status.running
    /// What it is decided by.
    package var successMetrics: [Metric] = [.metric]
    /// How probable a verdict may be where there is no difference, in (0, 1).
    package var alpha = 0.05
    /// Who made it.
    package var createdBy = ""
    /// What holds a caller to one variant.
    package var key = RoutingKey.header("x-martlet-key")

    /// The treatment's share of the callers, in (0, 1).
    package var treatmentShare: Double { split.treatment / (split.control + split.treatment) }

    /// Whether callers are shared out at `time`.
    package func isRunning(at time: Timestamp) -> Bool {
        guard status == .running || status == .scheduled else { return false }
        if let startDate, time < startDate { return false }
        if let endDate, !(time < endDate) { return false }
        return status == .running || startDate != nil
    }
}
