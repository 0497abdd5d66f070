import Glibc

/// Tests of one proportion on each side.
package enum Proportions {
    /// The pooled two-proportion z-test, two-sided, without a continuity correction.
    ///
    /// z = (p_r − p_c) / √(p(1 − p)(1/n_r + 1/n_c)), p the share over both sides. Each side is its successes and its
    /// number of values, 0 ≤ successes ≤ count.
    /// - Throws: ``StatisticsError/emptySample``; ``StatisticsError/noVariation`` when all values of both sides are
    ///   alike; ``StatisticsError/invalidArgument(_:)`` for counts out of range.
    package static func zTest(
        reference: (successes: Int, count: Int),
        current: (successes: Int, count: Int)
    ) throws(StatisticsError) -> TestResult {
        guard reference.count > 0, current.count > 0 else { throw .emptySample }
        for side in [reference, current] where side.successes < 0 || side.successes > side.count {
            throw .invalidArgument("successes must be between 0 and the number of values")
        }
        let n = Double(reference.count)
        let m = Double(current.count)
        let pooled = Double(reference.successes + current.successes) / (n + m)
        guard pooled > 0, pooled < 1 else { throw .noVariation }
        let difference = Double(reference.successes) / n - Double(current.successes) / m
        let z = difference / (pooled * (1 - pooled) * (1 / n + 1 / m)).squareRoot()
        return TestResult(statistic: z, pValue: 2 * Tail.normal(abs(z)))
    }

    /// Fisher's exact test of a 2 × 2 table, two-sided: the sum of the probabilities of all tables with the same
    /// margins that are at most as probable as this one (within a factor 1 + 10⁻⁷, R's and SciPy's rule for ties).
    /// The sides are given as to ``zTest(reference:current:)``.
    /// - Returns: the p-value; the statistic is the sample odds ratio, +∞ when its denominator is zero.
    /// - Throws: ``StatisticsError/emptySample``, ``StatisticsError/invalidArgument(_:)``.
    /// - Complexity: O(successes).
    package static func fisherExact(
        reference: (successes: Int, count: Int),
        current: (successes: Int, count: Int)
    ) throws(StatisticsError) -> TestResult {
        guard reference.count > 0, current.count > 0 else { throw .emptySample }
        for side in [reference, current] where side.successes < 0 || side.successes > side.count {
            throw .invalidArgument("successes must be between 0 and the number of values")
        }
        let successes = reference.successes + current.successes
        let whole = logChoose(reference.count + current.count, successes)
        func logProbability(_ k: Int) -> Double {
            logChoose(reference.count, k) + logChoose(current.count, successes - k) - whole
        }
        let bound = logProbability(reference.successes) + 1e-7
        var pValue = 0.0
        for k in max(0, successes - current.count)...min(successes, reference.count) {
            let term = logProbability(k)
            if term <= bound { pValue += exp(term) }
        }
        let denominator = Double(reference.count - reference.successes) * Double(current.successes)
        let numerator = Double(reference.successes) * Double(current.count - current.successes)
        let odds = denominator > 0 ? numerator / denominator : .infinity
        return TestResult(statistic: odds, pValue: pValue)
    }

    private static func logChoose(_ n: Int, _ k: Int) -> Double {
        logGamma(Double(n + 1)) - logGamma(Double(k + 1)) - logGamma(Double(n - k + 1))
    }
}
