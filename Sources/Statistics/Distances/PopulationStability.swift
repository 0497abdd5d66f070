import Glibc

/// What stands for the share of a bin that one side has no value in, where a logarithm would not exist.
package enum ZeroFill: Sendable, Equatable {
    /// The same small share in every empty bin, 1e-4 by the banking convention. In (0, 1).
    case flat(Double)
    /// Evidently 0.7: per side, 1e-4 when the smallest non-empty share is above 1e-4, else that share / 10⁶.
    case evidently

    /// A ten-thousandth in every empty bin.
    package static let tenThousandth = ZeroFill.flat(1e-4)

    /// `shares` with every zero replaced; they are not renormalised, so that they may sum to slightly more than 1.
    /// - Throws: ``StatisticsError/invalidArgument(_:)`` for a flat fill outside (0, 1).
    package func filled(_ shares: [Double]) throws(StatisticsError) -> [Double] {
        let fill: Double
        switch self {
        case .flat(let share):
            guard share > 0, share < 1 else { throw .invalidArgument("a zero fill must be a share in (0, 1)") }
            fill = share
        case .evidently:
            let smallest = shares.lazy.filter { $0 > 0 }.min() ?? 1
            fill = smallest > 1e-4 ? 1e-4 : smallest / 1e6
        }
        return shares.map { $0 == 0 ? fill : $0 }
    }
}

extension BinnedPair {
    /// Population stability index of current against reference.
    ///
    /// Sum over bins of (r − c)·ln(r / c) on shares, empty bins filled. Symmetric in the two sides, additive over bins.
    /// By convention below 0.1 is stable, above 0.25 is a shift.
    /// - Parameter fill: what an empty bin counts as.
    /// - Returns: ≥ 0, dimensionless; 0 when the shares are equal.
    /// - Throws: ``StatisticsError/invalidArgument(_:)`` for a fill outside its range.
    package func populationStabilityIndex(fill: ZeroFill = .tenThousandth) throws(StatisticsError) -> Double {
        let reference = try fill.filled(referenceShares)
        let current = try fill.filled(currentShares)
        return zip(reference, current).reduce(0) { $0 + ($1.0 - $1.1) * log($1.0 / $1.1) }
    }

    /// Kullback-Leibler divergence of the reference's distribution from current's, in nats.
    ///
    /// Sum over bins of r·ln(r / c) on filled shares that are renormalised to sum to 1 (`scipy.stats.entropy`).
    /// Not symmetric: it weighs by the reference.
    /// - Parameter fill: what an empty bin counts as.
    /// - Returns: ≥ 0; 0 when the shares are equal.
    /// - Throws: ``StatisticsError/invalidArgument(_:)`` for a fill outside its range.
    package func kullbackLeiblerDivergence(fill: ZeroFill = .evidently) throws(StatisticsError) -> Double {
        let reference = try fill.filled(referenceShares)
        let current = try fill.filled(currentShares)
        let referenceSum = reference.reduce(0, +)
        let currentSum = current.reduce(0, +)
        let divergence = zip(reference, current).reduce(0.0) { sum, shares in
            let share = shares.0 / referenceSum
            return sum + share * log(share / (shares.1 / currentSum))
        }
        return max(0, divergence)
    }
}
