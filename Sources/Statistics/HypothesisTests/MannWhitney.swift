import Glibc

/// The Mann-Whitney U test (Wilcoxon's rank sum), as `scipy.stats.mannwhitneyu`.
package enum MannWhitney {
    /// What would speak against equal distributions.
    package enum Alternative: Sendable, Equatable {
        /// Reference is shifted either way.
        case twoSided
        /// Reference tends to be smaller than current (Evidently's `mannw`, which therefore never sees a drop).
        case referenceSmaller
        /// Reference tends to be larger than current.
        case referenceLarger
    }

    /// U of the reference: over all pairs, how often the reference's value is larger, ties counting one half; in
    /// [0, n·m].
    ///
    /// The automatic p-value is exact when the smaller sample has at most 8 values and there are no ties, else the
    /// normal limit with the variance corrected for ties and a continuity correction of one half.
    /// - Throws: ``StatisticsError/emptySample``; ``StatisticsError/invalidArgument(_:)`` when exact is asked for with
    ///   ties or with n·m above 10⁷.
    package static func test(
        _ reference: SortedSample,
        _ current: SortedSample,
        alternative: Alternative = .twoSided,
        pValue method: PValueMethod = .automatic
    ) throws(StatisticsError) -> TestResult {
        guard !reference.isEmpty, !current.isEmpty else { throw .emptySample }
        let ranks = RankSummary(reference, current)
        let pairs = Double(reference.count) * Double(current.count)
        let larger = ranks.statistic
        let extreme =
            switch alternative {
            case .twoSided: max(larger, pairs - larger)
            case .referenceSmaller: pairs - larger
            case .referenceLarger: larger
            }
        let sides = alternative == .twoSided ? 2.0 : 1.0
        let exactIsPossible = ranks.tieSum == 0 && pairs <= 1e7
        let usesExact: Bool
        switch method {
        case .automatic: usesExact = exactIsPossible && min(reference.count, current.count) <= 8
        case .asymptotic: usesExact = false
        case .exact:
            guard exactIsPossible else {
                throw .invalidArgument("an exact Mann-Whitney p-value needs values without ties and n·m at most 10^7")
            }
            usesExact = true
        }
        let tail =
            usesExact
            ? exactTail(Int(extreme), reference.count, current.count)
            : ranks.normalTail(extreme)
        return TestResult(statistic: larger, pValue: sides * tail)
    }

    /// P(U ≥ u) over all orders of n + m different values.
    ///
    /// The number of orders with U = k is the coefficient of qᵏ in the Gaussian binomial, here the product over
    /// i = 1 … min(n, m) of (1 − q^(max + i)) / (1 − qⁱ), each factor divided by its value at q = 1 to give shares.
    static func exactTail(_ u: Int, _ n: Int, _ m: Int) -> Double {
        let pairs = n * m
        // Symmetric about pairs / 2: the shorter side is summed, which also spares the cancelling one.
        guard 2 * u > pairs else { return u <= 0 ? 1 : 1 - exactTail(pairs - u + 1, n, m) }
        let last = pairs - u
        guard last >= 0 else { return 0 }
        let (small, large) = (min(n, m), max(n, m))
        var shares = [Double](repeating: 0, count: last + 1)
        shares[0] = 1
        for i in 1...small {
            for k in stride(from: last, through: large + i, by: -1) { shares[k] -= shares[k - large - i] }
            for k in stride(from: i, through: last, by: 1) { shares[k] += shares[k - i] }
            let scale = Double(i) / Double(large + i)
            for k in shares.indices { shares[k] *= scale }
        }
        return shares.reduce(0, +)
    }
}

/// Ranks of the pooled values, ties sharing their mean rank, in one merge pass.
private struct RankSummary {
    /// U of the reference.
    var statistic = 0.0
    /// Σ (t³ − t) over groups of t equal values.
    var tieSum = 0.0
    private let n: Double
    private let m: Double

    init(_ reference: SortedSample, _ current: SortedSample) {
        n = Double(reference.count)
        m = Double(current.count)
        var below = 0.0
        var statistic = 0.0
        var tieSum = 0.0
        forEachPooled(reference, current) { pooled in
            let ties = Double(pooled.count)
            statistic += Double(pooled.reference) * (below + Double(pooled.current) / 2)
            below += Double(pooled.current)
            tieSum += (ties * ties - 1) * ties
        }
        self.statistic = statistic
        self.tieSum = tieSum
    }

    /// P(U ≥ u) in the normal limit; 1 when all values are equal.
    func normalTail(_ u: Double) -> Double {
        let total = n + m
        let variance = n * m / 12 * ((total + 1) - tieSum / (total * (total - 1)))
        guard variance > 0 else { return 1 }
        return Tail.normal((u - n * m / 2 - 0.5) / variance.squareRoot())
    }
}
