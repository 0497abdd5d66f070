/// How a column's current window is compared with its reference.
package enum DriftMethod: String, Sendable, CaseIterable {
    /// Population stability index on the reference's bins.
    case populationStability = "psi"
    /// Two-sample Kolmogorov-Smirnov; categorical columns are compared by ``populationStability`` instead.
    case kolmogorovSmirnov = "ks"
    /// Jensen-Shannon distance, natural logarithm, on the reference's bins.
    case jensenShannon = "jensenshannon"
    /// The growth of the share of missing values; part of every check whose column has any.
    case missingShare = "missing"

    /// The methods that a caller may name.
    package static let selectable: [DriftMethod] = [.populationStability, .kolmogorovSmirnov, .jensenShannon]

    /// From where on a value is a warning, and from where on an alert: sizes of the effect, not of its evidence.
    ///
    /// PSI 0.1 and 0.25 by convention; the others are our choice, in the units of the statistic.
    package var thresholds: DriftThresholds {
        switch self {
        case .populationStability: DriftThresholds(warning: 0.1, alert: 0.25)
        case .kolmogorovSmirnov: DriftThresholds(warning: 0.1, alert: 0.2)
        case .jensenShannon: DriftThresholds(warning: 0.1, alert: 0.2)
        case .missingShare: DriftThresholds(warning: 0.1, alert: 0.25)
        }
    }
}

/// Two bounds on a statistic that grows with drift.
package struct DriftThresholds: Sendable, Hashable {
    /// At or above this: a warning.
    package let warning: Double
    /// At or above this: an alert.
    package let alert: Double

    /// What `value` means.
    package func verdict(on value: Double) -> DriftVerdict {
        if value >= alert { return .alert }
        return value >= warning ? .warning : .none
    }
}

/// What a comparison says.
package enum DriftVerdict: String, Sendable, CaseIterable, Comparable {
    case none, warning, alert

    package static func < (left: DriftVerdict, right: DriftVerdict) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .none: 0
        case .warning: 1
        case .alert: 2
        }
    }
}
