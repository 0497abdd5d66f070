import Glibc

/// The Anderson-Darling test for two samples (Scholz and Stephens 1987, mid-rank form), as
/// `scipy.stats.anderson_ksamp(…, midrank: true)`.
package enum AndersonDarling {
    /// The statistic (A² − 1) / σ, standardised to mean 0 and variance 1 under the hypothesis, and a p-value that is
    /// interpolated in the paper's table and therefore lies in [0.001, 0.25].
    /// - Throws: ``StatisticsError/emptySample``; ``StatisticsError/tooFewValues(needed:found:)`` below four values in
    ///   both samples together; ``StatisticsError/noVariation`` when all pooled values are equal.
    package static func test(_ reference: SortedSample, _ current: SortedSample) throws(StatisticsError) -> TestResult {
        guard !reference.isEmpty, !current.isEmpty else { throw .emptySample }
        let count = reference.count + current.count
        guard count >= 4 else { throw .tooFewValues(needed: 2, found: min(reference.count, current.count)) }
        let total = Double(count)
        let n = Double(reference.count)
        let m = Double(current.count)
        var pooledSeen = 0.0
        var referenceSeen = 0.0
        var sum = 0.0
        var groups = 0
        forEachPooled(reference, current) { pooled in
            groups += 1
            let ties = Double(pooled.count)
            let below = pooledSeen + ties / 2
            let referenceBelow = referenceSeen + Double(pooled.reference) / 2
            let difference = total * referenceBelow - n * below
            // The current side's difference is the same with the other sign, so that both terms share it.
            let spread = below * (total - below) - total * ties / 4
            if spread > 0 { sum += ties / total * difference * difference / spread }
            pooledSeen += ties
            referenceSeen += Double(pooled.reference)
        }
        guard groups > 1 else { throw .noVariation }
        let statistic = (total - 1) / total * sum * (1 / n + 1 / m)
        let standardised = (statistic - 1) / variance(count, 1 / n + 1 / m).squareRoot()
        return TestResult(statistic: standardised, pValue: tableTail(standardised))
    }

    /// The statistic's variance for two samples with Σ 1/nᵢ = `inverses` and `count` values in all.
    private static func variance(_ count: Int, _ inverses: Double) -> Double {
        var h = 0.0
        var g = 0.0
        // h = Σ 1/i over i < N; g = Σ over i < j of 1/((N − i)·j), as one running sum.
        for step in 2..<count {
            h += 1 / Double(count + 1 - step)
            g += h / Double(step)
        }
        h += 1
        let total = Double(count)
        let a = 4 * g - 6 + (10 - 6 * g) * inverses
        let b = 4 * (2 * g - 4) + 16 * h + (2 * g - 14 * h - 4) * inverses - 8 * h + 4 * g - 6
        let c = 4 * (6 * h + 2 * g - 2) + 2 * (4 * h - 4 * g + 6) + (2 * h - 6) * inverses + 4 * h
        let d = 4 * (2 * h + 6) - 8 * h
        let numerator = ((a * total + b) * total + c) * total + d
        return numerator / ((total - 1) * (total - 2) * (total - 3))
    }

    /// The paper's percentage points for two samples run from 0.325 (25 %) to 6.546 (0.1 %); between them ln p is the
    /// least-squares parabola through all seven, as in SciPy.
    private static func tableTail(_ statistic: Double) -> Double {
        if statistic < 0.325 { return 0.25 }
        if statistic > 6.546 { return 0.001 }
        return exp((0.018198094574111343 * statistic - 1.0082265644652515) * statistic - 1.077770279820486)
    }
}
