/// Evidently 0.7's drift methods for one column, by their names there, with its thresholds.
///
/// A compatibility mode: what it decides is Evidently's, including a one-sided `mannw` and Sturges bins. The two
/// methods whose p-value comes from random permutations (`empirical_mmd`, `TVD`) are not offered.
package enum EvidentlyMethod: String, Sendable, CaseIterable {
    /// Population stability index on Evidently's bins.
    case psi
    /// Kullback-Leibler divergence of reference from current.
    case kullbackLeibler = "kl_div"
    /// Jensen-Shannon distance, natural logarithm.
    case jensenShannon = "jensenshannon"
    /// Hellinger distance; numeric columns on Sturges bins of the distinct values.
    case hellinger
    /// Wasserstein distance in standard deviations of the reference. Numeric.
    case wasserstein
    /// Energy distance, in the unit of the values. Numeric.
    case energy = "ed"
    /// Two-sample Kolmogorov-Smirnov p-value. Numeric.
    case kolmogorovSmirnov = "ks"
    /// Two-sample Cramér-von Mises p-value. Numeric.
    case cramerVonMises = "cramer_von_mises"
    /// Anderson-Darling p-value in [0.001, 0.25]. Numeric.
    case anderson
    /// Epps-Singleton p-value. Numeric.
    case eppsSingleton = "es"
    /// One-sided Mann-Whitney p-value: reference smaller. Numeric.
    case mannWhitney = "mannw"
    /// Student's t p-value with equal variances. Numeric.
    case tTest = "t_test"
    /// Chi-square goodness of fit p-value, reference taken as exact.
    case chiSquare = "chisquare"
    /// Two-proportion z p-value: the smallest category against all others.
    case z
    /// G-test p-value; both sides must have the same size.
    case gTest = "g_test"
    /// Fisher's exact p-value; both sides must have the same size, at most two categories.
    case fisherExact = "fisher_exact"

    /// Whether the score is a p-value, so that a small one means drift.
    package var isPValue: Bool {
        switch self {
        case .psi, .kullbackLeibler, .jensenShannon, .hellinger, .wasserstein, .energy: false
        default: true
        }
    }

    /// Evidently's default threshold.
    package var threshold: Double {
        switch self {
        case .kolmogorovSmirnov, .eppsSingleton, .mannWhitney, .tTest, .chiSquare, .z: 0.05
        default: 0.1
        }
    }

    /// Whether Evidently calls `score` drift: a distance at or above the threshold (energy: above), a p-value below
    /// (Kolmogorov-Smirnov: at or below).
    package func isDrift(_ score: Double, threshold: Double? = nil) -> Bool {
        let bound = threshold ?? self.threshold
        return switch self {
        case .energy: score > bound
        case .kolmogorovSmirnov: score <= bound
        default: isPValue ? score < bound : score >= bound
        }
    }

    /// What Evidently picks for a numeric column: with at most 1,000 reference values Kolmogorov-Smirnov, or a test
    /// of counts when both sides together have at most five different values; above, Wasserstein or Jensen-Shannon.
    /// - Throws: ``StatisticsError/emptySample``.
    package static func standard(
        _ reference: SortedSample,
        _ current: SortedSample
    ) throws(StatisticsError) -> EvidentlyMethod {
        guard !reference.isEmpty, !current.isEmpty else { throw .emptySample }
        var distinct = 0
        forEachPooled(reference, current) { _ in distinct += 1 }
        if reference.count > 1_000 { return distinct > 5 ? .wasserstein : .jensenShannon }
        if distinct > 5 { return .kolmogorovSmirnov }
        return distinct > 2 ? .chiSquare : .z
    }

    /// What Evidently picks for a categorical column: with at most 1,000 reference values chi-square, or z for at
    /// most two categories on both sides together; above, Jensen-Shannon.
    package static func standard(categorical pair: BinnedPair) -> EvidentlyMethod {
        if pair.referenceTotal > 1_000 { return .jensenShannon }
        return pair.reference.count > 2 ? .chiSquare : .z
    }
}
