/// The two-sample Kolmogorov-Smirnov test, two-sided, as `scipy.stats.ks_2samp` 1.17.
package enum KolmogorovSmirnov {
    /// The largest sample size for which ``PValueMethod/automatic`` is exact (SciPy's limit).
    package static let exactCountMax = 10_000

    /// Tests whether both samples come from one continuous distribution.
    ///
    /// The statistic is the largest vertical distance of the two empirical distribution functions, in [0, 1]. The exact
    /// p-value is the share of orders of the pooled values that reach it (ties make it conservative); the asymptotic
    /// one takes the one-sample distribution for the effective size round(nm / (n + m)), as SciPy does.
    /// Automatic is exact up to ``exactCountMax`` values in the larger sample.
    /// - Throws: ``StatisticsError/emptySample``; ``StatisticsError/invalidArgument(_:)`` when exact is asked for above
    ///   100,000 values in a sample.
    /// - Complexity: O(n + m) for the statistic; the exact p-value adds O(n) for equal sizes, else at most O(n·m)
    ///   within the band of the statistic.
    package static func test(
        _ reference: SortedSample,
        _ current: SortedSample,
        pValue method: PValueMethod = .automatic
    ) throws(StatisticsError) -> TestResult {
        guard !reference.isEmpty, !current.isEmpty else { throw .emptySample }
        let larger = max(reference.count, current.count)
        let gap = largestGap(reference.values.span, current.values.span)
        let statistic = Double(gap) / (Double(reference.count) * Double(current.count))
        switch method {
        case .exact where larger > 100_000:
            throw .invalidArgument("an exact Kolmogorov-Smirnov p-value takes at most 100000 values in a sample")
        case .automatic where larger > exactCountMax, .asymptotic:
            let effective = Double(reference.count) * Double(current.count) / Double(reference.count + current.count)
            // Half to even, as NumPy rounds.
            let size = max(1, Int(effective.rounded(.toNearestOrEven)))
            return TestResult(statistic: statistic, pValue: KolmogorovDistribution.survival(statistic, size: size))
        case .automatic, .exact:
            let pValue = exactPValue(gap: gap, reference.count, current.count)
            return TestResult(statistic: statistic, pValue: pValue)
        }
    }

    /// The largest |F − G| over all values, times n·m: an integer, so that no rounding decides. One merge pass.
    static func largestGap(_ first: Span<Double>, _ second: Span<Double>) -> Int {
        var i = 0
        var j = 0
        var gap = 0
        while i < first.count, j < second.count {
            let value = min(first[i], second[j])
            while i < first.count, first[i] == value { i += 1 }
            while j < second.count, second[j] == value { j += 1 }
            gap = max(gap, abs(i * second.count - j * first.count))
        }
        return gap
    }

    /// P(largest gap ≥ `gap`) over all orders of n + m different values.
    static func exactPValue(gap: Int, _ n: Int, _ m: Int) -> Double {
        guard gap > 0 else { return 1 }
        return n == m ? equalSizes(n, steps: gap / n) : latticePaths(max(n, m), min(n, m), gap: gap)
    }

    /// Gnedenko and Korolyuk's closed form for n = m: P(D ≥ h / n) = 2·(C(2n, n − h) − C(2n, n − 2h) + …) / C(2n, n),
    /// evaluated from the innermost term outwards on ratios of neighbours, so that nothing overflows or cancels.
    private static func equalSizes(_ n: Int, steps h: Int) -> Double {
        var outer = 0.0
        for k in stride(from: n / h, through: 0, by: -1) {
            var ratio = 1.0
            for j in 0..<h {
                ratio *= Double(n - k * h - j) / Double(n + k * h + j + 1)
            }
            outer = ratio * (1 - outer)
        }
        return 2 * outer
    }

    /// The share of monotone lattice paths from (0, 0) to (m, n) that leave the band |n·i − m·j| < gap.
    ///
    /// The share S of paths to (i, j) that left it obeys S(i, j) = (i·S(i − 1, j) + j·S(i, j − 1)) / (i + j), since a
    /// uniform path comes from the left with probability i / (i + j); outside the band S is 1. Hodges (1957). Only one
    /// column is kept, and only its part inside the band is computed.
    private static func latticePaths(_ m: Int, _ n: Int, gap: Int) -> Double {
        var column = [Double](repeating: 1, count: n + 1)
        // reciprocals[s] = 1 / s: the division of the recurrence, taken out of its chain.
        let reciprocals = (0...(m + n)).map { 1 / Double(max($0, 1)) }
        for j in 0...n where m * j < gap { column[j] = 0 }
        var bottom = 0
        for i in 1...m {
            // The band in column i: n·i − m·j < gap and m·j − n·i < gap.
            let lower = n * i >= gap ? (n * i - gap) / m + 1 : 0
            let upper = min(n, (n * i + gap - 1) / m)
            guard lower <= upper else { return 1 }
            for j in bottom..<lower { column[j] = 1 }
            bottom = lower
            var below = lower == 0 ? 0 : 1.0
            for j in lower...upper {
                let scale = reciprocals[i + j]
                below = column[j] * (Double(i) * scale) + below * (Double(j) * scale)
                column[j] = below
            }
        }
        return column[n]
    }
}
