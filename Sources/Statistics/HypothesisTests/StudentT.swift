import Glibc

/// Student's t-test of equal means, two-sided, as `scipy.stats.ttest_ind`.
package enum StudentT {
    /// What is assumed of the two variances.
    package enum Variances: Sendable, Equatable {
        /// Equal: one pooled estimate, n + m − 2 degrees of freedom.
        case pooled
        /// Free: Welch's statistic with Satterthwaite's degrees of freedom.
        case welch
    }

    /// The difference of the means (reference − current) in standard errors.
    /// - Throws: ``StatisticsError/emptySample``; ``StatisticsError/tooFewValues(needed:found:)`` below two values;
    ///   ``StatisticsError/noVariation`` when neither sample varies; ``StatisticsError/outOfPrecision``.
    package static func test(
        _ reference: SortedSample,
        _ current: SortedSample,
        variances: Variances = .pooled
    ) throws(StatisticsError) -> TestResult {
        guard let first = Moments(reference), let second = Moments(current) else { throw .emptySample }
        guard let variance = first.sampleVariance, let otherVariance = second.sampleVariance else {
            throw .tooFewValues(needed: 2, found: min(reference.count, current.count))
        }
        let n = first.count
        let m = second.count
        let squaredError: Double
        let degreesOfFreedom: Double
        switch variances {
        case .pooled:
            degreesOfFreedom = n + m - 2
            squaredError = ((n - 1) * variance + (m - 1) * otherVariance) / degreesOfFreedom * (1 / n + 1 / m)
        case .welch:
            let share = variance / n
            let otherShare = otherVariance / m
            squaredError = share + otherShare
            let weight = squaredError > 0 ? share / squaredError : 0.5
            degreesOfFreedom = 1 / (weight * weight / (n - 1) + (1 - weight) * (1 - weight) / (m - 1))
        }
        guard squaredError > 0 else { throw .noVariation }
        let statistic = try requireFinite((first.mean - second.mean) / requireFinite(squaredError).squareRoot())
        let pValue = Tail.studentTwoSided(statistic, degreesOfFreedom: degreesOfFreedom)
        return TestResult(statistic: statistic, pValue: pValue)
    }
}

/// Levene's test of equal spread with deviations from the median (Brown and Forsythe), as `scipy.stats.levene`.
package enum Levene {
    /// F = the between-sample over the within-sample variance of |x − median of its sample|, with 1 and n + m − 2
    /// degrees of freedom.
    /// - Throws: ``StatisticsError/emptySample``; ``StatisticsError/tooFewValues(needed:found:)`` below two values;
    ///   ``StatisticsError/noVariation`` when no deviation differs from its sample's mean deviation.
    package static func test(_ reference: SortedSample, _ current: SortedSample) throws(StatisticsError) -> TestResult {
        guard reference.count >= 2, current.count >= 2 else {
            guard !reference.isEmpty, !current.isEmpty else { throw .emptySample }
            throw .tooFewValues(needed: 2, found: min(reference.count, current.count))
        }
        let first = try deviations(reference)
        let second = try deviations(current)
        let n = Double(reference.count)
        let m = Double(current.count)
        let within = first.squares + second.squares
        guard within > 0 else { throw .noVariation }
        let mean = (n * first.mean + m * second.mean) / (n + m)
        let between =
            n * (first.mean - mean) * (first.mean - mean) + m * (second.mean - mean) * (second.mean - mean)
        let statistic = try requireFinite((n + m - 2) * between / within)
        return TestResult(statistic: statistic, pValue: Tail.fisher(statistic, 1, n + m - 2))
    }

    /// Mean and sum of squares about it of |x − median|.
    private static func deviations(_ sample: SortedSample) throws(StatisticsError) -> (mean: Double, squares: Double) {
        let median = try sample.quantile(0.5)
        var sum = CompensatedSum()
        for value in sample.values { sum.add(abs(value - median)) }
        let mean = sum.value / Double(sample.count)
        var squares = CompensatedSum()
        for value in sample.values {
            let difference = abs(value - median) - mean
            squares.add(difference * difference)
        }
        return (try requireFinite(mean), try requireFinite(squares.value))
    }
}
