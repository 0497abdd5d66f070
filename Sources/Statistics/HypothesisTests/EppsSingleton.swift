import Glibc

/// The Epps-Singleton test on empirical characteristic functions, as `scipy.stats.epps_singleton_2samp`.
///
/// Unlike Kolmogorov-Smirnov it does not need continuous values.
package enum EppsSingleton {
    /// W, a quadratic form in the differences of cos and sin means at 0.4 and 0.8 over half the pooled inter-quartile
    /// range, chi-square with the rank of its covariance (at most 4) in the limit; corrected below 25 values.
    /// - Throws: ``StatisticsError/emptySample``; ``StatisticsError/tooFewValues(needed:found:)`` below five values;
    ///   ``StatisticsError/noVariation`` when the pooled inter-quartile range is zero.
    package static func test(_ reference: SortedSample, _ current: SortedSample) throws(StatisticsError) -> TestResult {
        guard !reference.isEmpty, !current.isEmpty else { throw .emptySample }
        guard reference.count >= 5, current.count >= 5 else {
            throw .tooFewValues(needed: 5, found: min(reference.count, current.count))
        }
        let pooled = SortedSample(reference.values + current.values)
        let scale = try (pooled.quantile(0.75) - pooled.quantile(0.25)) / 2
        guard scale > 0 else { throw .noVariation }
        let n = Double(reference.count)
        let m = Double(current.count)
        let first = CharacteristicMoments(reference, scale: try requireFinite(scale))
        let second = CharacteristicMoments(current, scale: scale)
        let covariance = zip(first.covariance, second.covariance).map { rows in
            zip(rows.0, rows.1).map { (n + m) / n * $0 + (n + m) / m * $1 }
        }
        let difference = zip(first.means, second.means).map { $0 - $1 }
        let (form, rank) = SymmetricMatrix(covariance).inverseForm(difference)
        guard rank > 0 else { throw .noVariation }
        var statistic = (n + m) * form
        if max(reference.count, current.count) < 25 {
            statistic /= 1 + pow(n + m, -0.45) + 10.1 * (pow(n, -1.7) + pow(m, -1.7))
        }
        let pValue = Tail.chiSquare(statistic, degreesOfFreedom: Double(rank))
        return TestResult(statistic: statistic, pValue: pValue)
    }
}

/// Means and population covariance of cos(0.4x), cos(0.8x), sin(0.4x), sin(0.8x), x in units of a scale.
private struct CharacteristicMoments {
    var means = [Double](repeating: 0, count: 4)
    var covariance = [[Double]](repeating: [0, 0, 0, 0], count: 4)

    init(_ sample: SortedSample, scale: Double) {
        let count = Double(sample.count)
        let features = sample.values.map { value in
            let x = value / scale
            return (cos(0.4 * x), cos(0.8 * x), sin(0.4 * x), sin(0.8 * x))
        }
        for feature in features {
            means[0] += feature.0
            means[1] += feature.1
            means[2] += feature.2
            means[3] += feature.3
        }
        for row in 0..<4 { means[row] /= count }
        for feature in features {
            let deviations = [
                feature.0 - means[0], feature.1 - means[1], feature.2 - means[2], feature.3 - means[3],
            ]
            for row in 0..<4 {
                for column in 0..<4 { covariance[row][column] += deviations[row] * deviations[column] / count }
            }
        }
    }
}
