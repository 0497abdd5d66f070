import Glibc

/// A sequential test of the difference between two means, for numbers of any distribution with a finite variance.
package enum SequentialMeans {
    /// What was seen on both sides while everything else, such as the shares of the traffic, was the same.
    package struct Stratum: Sendable, Hashable {
        /// The side that is compared with.
        package var reference: RunningMoments
        /// The side that is compared.
        package var current: RunningMoments

        /// A stratum of these moments.
        package init(reference: RunningMoments = .init(), current: RunningMoments = .init()) {
            self.reference = reference
            self.current = current
        }
    }

    /// The test of "the mean of `current` is the mean of `reference` plus `margin`", against both sides.
    ///
    /// The mixture sequential probability ratio test with a normal mixture (Robbins, 1970; for two streams Johari,
    /// Pekelis and Walsh, Always Valid Inference, Operations Research 70, 2022), with the running variance in the
    /// place of the unknown one (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Time-uniform central limit theory
    /// and asymptotic confidence sequences, Annals of Statistics 52, 2024). With d the difference, V its variance,
    /// n = 1 / (1/n_r + 1/n_c) and z = (d − margin) / √V:
    ///
    /// ln Λ = z²/2 · nρ² / (1 + nρ²) − ½ ln(1 + nρ²), ρ² = (−2 ln α + ln(1 − 2 ln α)) / n*.
    ///
    /// It holds for large samples: ask from some dozens on each side on. Differences of several strata are averaged
    /// with weights n, so that a change of the shares between them is not taken for one of the means. The variance of
    /// a side has one observation more, as far off as the usual one of both sides together, so that a side without
    /// any spread proves nothing by itself.
    /// - Parameters:
    ///   - strata: what was seen.
    ///   - margin: the difference that is still allowed.
    ///   - alpha: the level, in (0, 1), of the interval and for which `tunedFor` is meant.
    ///   - tunedFor: n*, the n at which the interval is narrowest in relation; more than 0.
    /// - Returns: the test; nil before there are two numbers on each side of some stratum.
    package static func test(
        _ strata: [Stratum],
        margin: Double = 0,
        alpha: Double,
        tunedFor: Double
    ) -> SequentialResult? {
        precondition(alpha > 0 && alpha < 1 && tunedFor > 0, "a level and a size")
        var size = 0.0
        var weighted = 0.0
        var weightedVariance = 0.0
        for stratum in strata where stratum.reference.count >= 2 && stratum.current.count >= 2 {
            let n = 1 / (1 / Double(stratum.reference.count) + 1 / Double(stratum.current.count))
            size += n
            weighted += n * (stratum.current.mean - stratum.reference.mean)
            weightedVariance += n * n * variance(of: stratum)
        }
        guard size > 0 else { return nil }
        let difference = weighted / size
        let deviation = weightedVariance.squareRoot() / size
        let intrinsic = size * (-2 * log(alpha) + log(1 - 2 * log(alpha))) / tunedFor
        let shrinkage = intrinsic / (1 + intrinsic)
        // Without any spread all numbers are alike, and nothing is said against anything.
        let z = deviation > 0 ? (difference - margin) / deviation : 0
        let radius = deviation * (2 / shrinkage * (0.5 * log(1 + intrinsic) - log(alpha))).squareRoot()
        // Of numbers whose squares are beyond all that there are nothing is said.
        guard difference.isFinite, radius.isFinite, z.isFinite else { return nil }
        return SequentialResult(
            estimate: difference,
            logEvidence: z * z / 2 * shrinkage - 0.5 * log(1 + intrinsic),
            interval: difference - radius...difference + radius
        )
    }

    /// The variance of a stratum's difference.
    private static func variance(of stratum: Stratum) -> Double {
        let n = Double(stratum.reference.count)
        let m = Double(stratum.current.count)
        let gap = stratum.current.mean - stratum.reference.mean
        let pooled = (stratum.reference.squares + stratum.current.squares + gap * gap * n * m / (n + m)) / (n + m)
        return (stratum.reference.squares + pooled) / (n * n) + (stratum.current.squares + pooled) / (m * m)
    }
}
