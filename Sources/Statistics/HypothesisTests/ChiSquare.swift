import Glibc

/// A chi-square-like test's answer, with its degrees of freedom.
package struct ContingencyResult: Sendable, Equatable {
    /// The statistic, ≥ 0; +∞ where a test says so.
    package let statistic: Double
    /// The probability of a statistic at least as large when the hypothesis holds, in [0, 1].
    package let pValue: Double
    /// Bins that are not empty on both sides, less one.
    package let degreesOfFreedom: Int

    init(statistic: Double, degreesOfFreedom: Int) {
        self.statistic = max(0, statistic)
        self.degreesOfFreedom = degreesOfFreedom
        pValue =
            degreesOfFreedom == 0
            ? 1 : Tail.chiSquare(self.statistic, degreesOfFreedom: Double(degreesOfFreedom))
    }
}

/// Pearson's chi-square and the G statistic on counts. Bins that are empty on both sides are left out.
///
/// The p-values are the limit for large counts; with expected counts below about 5 they are rough.
package enum ChiSquare {
    /// Goodness of fit of current to the reference's shares, which are taken as exact (Evidently's `chisquare`,
    /// `scipy.stats.chisquare` with expected counts reference·n_current/n_reference).
    /// - Returns: statistic +∞ and p-value 0 when current has a bin that is empty in reference.
    /// - Throws: ``StatisticsError/tooFewBins`` with fewer than two bins that hold values.
    package static func goodnessOfFit(_ pair: BinnedPair) throws(StatisticsError) -> ContingencyResult {
        let ratio = Double(pair.currentTotal) / Double(pair.referenceTotal)
        let bins = occupied(pair)
        guard bins.count >= 2 else { throw .tooFewBins }
        let statistic = bins.reduce(0.0) { sum, bin in
            let expected = bin.reference * ratio
            let difference = bin.current - expected
            return sum + difference * difference / expected
        }
        return ContingencyResult(statistic: statistic, degreesOfFreedom: bins.count - 1)
    }

    /// Homogeneity of the two rows of counts (`scipy.stats.chi2_contingency`): both sides are samples.
    ///
    /// With `yates`, the differences of a 2 × 2 table are reduced by at most 0.5 each.
    /// - Returns: statistic 0 and p-value 1 when there is one bin only.
    package static func homogeneity(_ pair: BinnedPair, yates: Bool = false) -> ContingencyResult {
        let bins = occupied(pair)
        let corrects = yates && bins.count == 2
        let statistic = sumOverCells(pair, bins) { observed, expected in
            let difference = abs(observed - expected)
            let reduced = corrects ? difference - min(0.5, difference) : difference
            return reduced * reduced / expected
        }
        return ContingencyResult(statistic: statistic, degreesOfFreedom: bins.count - 1)
    }

    /// Homogeneity by the likelihood ratio G = 2·Σ observed·ln(observed / expected), without a correction.
    /// - Returns: statistic 0 and p-value 1 when there is one bin only.
    package static func likelihoodRatio(_ pair: BinnedPair) -> ContingencyResult {
        let bins = occupied(pair)
        let statistic = sumOverCells(pair, bins) { observed, expected in
            observed > 0 ? 2 * observed * log(observed / expected) : 0
        }
        return ContingencyResult(statistic: statistic, degreesOfFreedom: bins.count - 1)
    }

    /// Goodness of fit by G against the reference's counts as they are (Evidently's `g_test`).
    /// - Returns: statistic +∞ and p-value 0 when current has a bin that is empty in reference.
    /// - Throws: ``StatisticsError/unequalSizes(reference:current:)`` unless both sides count the same number of values;
    ///   ``StatisticsError/tooFewBins``.
    package static func likelihoodRatioOfFit(_ pair: BinnedPair) throws(StatisticsError) -> ContingencyResult {
        guard pair.referenceTotal == pair.currentTotal else {
            throw .unequalSizes(reference: pair.referenceTotal, current: pair.currentTotal)
        }
        let bins = occupied(pair)
        guard bins.count >= 2 else { throw .tooFewBins }
        let statistic = bins.reduce(0.0) { sum, bin in
            bin.current > 0 ? sum + 2 * bin.current * log(bin.current / bin.reference) : sum
        }
        return ContingencyResult(statistic: statistic, degreesOfFreedom: bins.count - 1)
    }

    /// Cramér's V: √(chi-square of homogeneity / number of values), an effect size.
    /// - Returns: in [0, 1]; 1 when no bin holds values of both sides.
    /// - Throws: ``StatisticsError/tooFewBins`` with fewer than two bins that hold values.
    package static func cramersV(_ pair: BinnedPair) throws(StatisticsError) -> Double {
        let result = homogeneity(pair)
        guard result.degreesOfFreedom >= 1 else { throw .tooFewBins }
        return min(1, (result.statistic / Double(pair.referenceTotal + pair.currentTotal)).squareRoot())
    }

    private static func occupied(_ pair: BinnedPair) -> [(reference: Double, current: Double)] {
        zip(pair.reference, pair.current).filter { $0 + $1 > 0 }.map { (Double($0), Double($1)) }
    }

    /// The sum of `cell(observed, expected)` over both rows, expected counts from the margins.
    private static func sumOverCells(
        _ pair: BinnedPair,
        _ bins: [(reference: Double, current: Double)],
        _ cell: (Double, Double) -> Double
    ) -> Double {
        let reference = Double(pair.referenceTotal)
        let current = Double(pair.currentTotal)
        return bins.reduce(0) { sum, bin in
            let share = (bin.reference + bin.current) / (reference + current)
            return sum + cell(bin.reference, share * reference) + cell(bin.current, share * current)
        }
    }
}
