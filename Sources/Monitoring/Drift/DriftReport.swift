package import Kernel

/// One comparison of an endpoint's current window with the reference of the version that it serves.
package struct DriftReport: Sendable, Hashable {
    /// Its id; sorts by time.
    package let id: String
    /// The endpoint's name.
    package let endpoint: String
    /// The registered model's name.
    package let modelName: String
    /// The version's number.
    package let modelVersion: Int
    /// When the check was made.
    package let checkedAt: Timestamp
    /// Rows in the reference.
    package let referenceRows: Int
    /// Rows in the current window.
    package let currentRows: Int
    /// When the window's oldest row was predicted.
    package let windowFrom: Timestamp
    /// When the window's newest row was predicted.
    package let windowTo: Timestamp
    /// The columns of the reference, in its order.
    package let columns: [DriftColumn]

    /// The gravest verdict of any column.
    package var verdict: DriftVerdict { columns.map(\.verdict).max() ?? .none }
}

/// What a report says of one column.
package struct DriftColumn: Sendable, Hashable {
    /// The column's name.
    package let name: String
    /// Whether it was compared as numbers or as categories.
    package let kind: Kind
    /// What was computed; empty when either side has too few values.
    package let statistics: [DriftStatistic]
    /// The reference's numbers.
    package let reference: ColumnSummary
    /// The current window's numbers.
    package let current: ColumnSummary
    /// What both sides were counted on; nil when a side has no value.
    package let bins: DriftBins?

    /// How a column's values are compared.
    package enum Kind: String, Sendable {
        case numeric, categorical
    }

    /// The gravest verdict of any statistic.
    package var verdict: DriftVerdict { statistics.map(\.verdict).max() ?? .none }

    /// The statistic that speaks loudest: of the gravest verdict, the one furthest above its threshold.
    package var leading: DriftStatistic? {
        statistics.filter { $0.verdict == verdict }.max { $0.excess < $1.excess }
    }
}

/// One statistic of one column.
package struct DriftStatistic: Sendable, Hashable {
    /// How it was computed.
    package let method: DriftMethod
    /// The size of the effect; 0 when both sides are alike.
    package let value: Double
    /// The evidence: the probability of such a difference between samples of one distribution. Of Kolmogorov-Smirnov
    /// its own; of a binned distance chi-square homogeneity on the same bins; none of the missing share.
    package let pValue: Double?
    /// What it says.
    package let verdict: DriftVerdict

    /// The value in units of the threshold for an alert.
    var excess: Double { value / method.thresholds.alert }
}

/// The few numbers by which a column is summed up.
package struct ColumnSummary: Sendable, Hashable {
    /// Values that are not missing.
    package let count: Int
    /// Values that are.
    package let missing: Int
    /// The mean of a numeric column.
    package let mean: Double?
    /// The population standard deviation of a numeric column.
    package let standardDeviation: Double?

    /// The share of missing values; 0 when there is none at all.
    var missingShare: Double { missing == 0 ? 0 : Double(missing) / Double(count + missing) }
}

/// What both sides of a column were counted on, and what share of each fell where.
package struct DriftBins: Sendable, Hashable {
    /// Where the bins end.
    package enum Bounds: Sendable, Hashable {
        /// One more than there are bins, ascending; the outer two may be infinite.
        case edges([Double])
        /// One a bin; the last may stand for all other categories.
        case labels([String])
    }

    /// The label of the bin that holds all categories without one of their own.
    package static let otherLabel = "(other)"

    /// Where the bins end.
    package let bounds: Bounds
    /// The reference's share in each bin, summing to 1.
    package let reference: [Double]
    /// The current window's share in each bin, summing to 1.
    package let current: [Double]
}
