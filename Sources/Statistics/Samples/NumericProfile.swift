import Glibc

/// What a numeric column looks like: counts, moments, quartiles.
///
/// A moment that does not exist for the data (an empty column, one value, no variation, overflow) is nil, never NaN.
package struct NumericProfile: Sendable, Equatable {
    /// Finite values.
    package let count: Int
    /// Values that were NaN, infinite or nil.
    package let missing: Int
    /// Different finite values.
    package let distinct: Int
    /// Arithmetic mean, in the unit of the values. Nil when empty.
    package let mean: Double?
    /// Population standard deviation (divisor n), ≥ 0. Nil when empty.
    package let standardDeviation: Double?
    /// Sample standard deviation (divisor n − 1), ≥ 0. Nil below two values.
    package let sampleStandardDeviation: Double?
    /// The smallest value. Nil when empty.
    package let minimum: Double?
    /// First quartile, linear as NumPy. Nil when empty.
    package let lowerQuartile: Double?
    /// Median, linear as NumPy. Nil when empty.
    package let median: Double?
    /// Third quartile, linear as NumPy. Nil when empty.
    package let upperQuartile: Double?
    /// The largest value. Nil when empty.
    package let maximum: Double?
    /// Population skewness m₃ / m₂^1.5 (biased, as `scipy.stats.skew`). Nil when the values do not vary.
    package let skewness: Double?
    /// Population excess kurtosis m₄ / m₂² − 3 (biased, as `scipy.stats.kurtosis`). Nil when the values do not vary.
    package let excessKurtosis: Double?

    /// Profiles a sample in three passes over its sorted values.
    package init(_ sample: SortedSample) {
        count = sample.count
        missing = sample.missing
        distinct = sample.distinctCount
        minimum = sample.values.first
        maximum = sample.values.last
        lowerQuartile = sample.interpolated(at: 0.25)
        median = sample.interpolated(at: 0.5)
        upperQuartile = sample.interpolated(at: 0.75)
        let moments = Moments(sample)
        mean = moments?.mean
        standardDeviation = moments?.standardDeviation
        sampleStandardDeviation = moments?.sampleStandardDeviation
        skewness = moments?.skewness
        excessKurtosis = moments?.excessKurtosis
    }

    /// Builds a profile from stored fields; nothing is checked.
    package init(
        count: Int,
        missing: Int,
        distinct: Int,
        mean: Double?,
        standardDeviation: Double?,
        sampleStandardDeviation: Double?,
        minimum: Double?,
        lowerQuartile: Double?,
        median: Double?,
        upperQuartile: Double?,
        maximum: Double?,
        skewness: Double?,
        excessKurtosis: Double?
    ) {
        self.count = count
        self.missing = missing
        self.distinct = distinct
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.sampleStandardDeviation = sampleStandardDeviation
        self.minimum = minimum
        self.lowerQuartile = lowerQuartile
        self.median = median
        self.upperQuartile = upperQuartile
        self.maximum = maximum
        self.skewness = skewness
        self.excessKurtosis = excessKurtosis
    }
}
