/// Why a statistic has no value for the data it was given.
///
/// Everything in this room throws this instead of answering NaN or an infinity.
package enum StatisticsError: Error, Equatable, Sendable {
    /// A sample (or one side's counts) holds no value after missing and non-finite ones were dropped.
    case emptySample
    /// The estimator needs at least `needed` values in each sample, one of them has `found`.
    case tooFewValues(needed: Int, found: Int)
    /// The data gives fewer than two bins or categories where a comparison needs two.
    case tooFewBins
    /// The data gives `found` bins or categories, the method takes at most `most`.
    case tooManyBins(most: Int, found: Int)
    /// The two sides were counted on different bins.
    case binCountMismatch(reference: Int, current: Int)
    /// The two samples must have the same size for this method.
    case unequalSizes(reference: Int, current: Int)
    /// The values do not vary, so that a ratio by their spread does not exist.
    case noVariation
    /// The values lie so close together, or so far apart, that double precision cannot bin or sum them.
    case outOfPrecision
    /// An argument that the caller chose is outside its domain; the text names it and the domain.
    case invalidArgument(String)
}

extension StatisticsError: CustomStringConvertible {
    /// One sentence for a report or an error body: what was wrong and what is needed.
    package var description: String {
        switch self {
        case .emptySample: "no finite values to compare"
        case .tooFewValues(let needed, let found): "needs at least \(needed) values in each sample, found \(found)"
        case .tooFewBins: "the data gives fewer than two bins"
        case .tooManyBins(let most, let found): "takes at most \(most) bins or categories, found \(found)"
        case .binCountMismatch(let reference, let current):
            "reference has \(reference) bins, current has \(current); both must be counted on the same bins"
        case .unequalSizes(let reference, let current):
            "needs samples of equal size, reference has \(reference) values, current has \(current)"
        case .noVariation: "the values do not vary"
        case .outOfPrecision: "the values are too close together or too far apart for double precision"
        case .invalidArgument(let text): text
        }
    }
}

/// `value`, unless it is NaN or infinite.
/// - Throws: ``StatisticsError/outOfPrecision``.
func requireFinite(_ value: Double) throws(StatisticsError) -> Double {
    guard value.isFinite else { throw .outOfPrecision }
    return value
}
