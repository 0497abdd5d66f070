import Glibc

/// The base of a logarithm, and so the unit of an information measure.
package enum LogarithmBase: Sendable, Equatable {
    /// Base e: nats, as Evidently and SciPy by default.
    case natural
    /// Base 2: bits, so that a Jensen-Shannon distance is in [0, 1].
    case two
}

extension BinnedPair {
    /// Jensen-Shannon divergence of the two sides' shares: the mean Kullback-Leibler divergence from their midpoint.
    ///
    /// Needs no fill: a bin that is empty on one side has a defined share of it. Symmetric.
    /// - Returns: in [0, ln 2] nats or [0, 1] bits.
    package func jensenShannonDivergence(base: LogarithmBase = .natural) -> Double {
        var sum = 0.0
        for (reference, current) in zip(referenceShares, currentShares) {
            let middle = (reference + current) / 2
            if reference > 0 { sum += reference * log(reference / middle) }
            if current > 0 { sum += current * log(current / middle) }
        }
        let nats = min(max(0, sum / 2), M_LN2)
        return base == .natural ? nats : nats / M_LN2
    }

    /// Jensen-Shannon distance: the square root of the divergence, a metric (`scipy.spatial.distance.jensenshannon`).
    /// - Returns: in [0, 0.8326] with natural logarithms, [0, 1] with base 2.
    package func jensenShannonDistance(base: LogarithmBase = .natural) -> Double {
        jensenShannonDivergence(base: base).squareRoot()
    }

    /// Hellinger distance of the shares, √(½·Σ(√r − √c)²), which equals √(1 − Σ√(r·c)) without its cancellation.
    /// - Returns: in [0, 1]; 1 when no bin holds values of both sides.
    package func hellingerDistance() -> Double {
        let sum = zip(referenceShares, currentShares).reduce(0.0) { sum, shares in
            let difference = shares.0.squareRoot() - shares.1.squareRoot()
            return sum + difference * difference
        }
        return min(1, sum / 2).squareRoot()
    }

    /// Total variation distance of the shares: half the sum of absolute differences.
    /// - Returns: in [0, 1]; the largest difference of probability of any set of bins.
    package func totalVariationDistance() -> Double {
        min(1, zip(referenceShares, currentShares).reduce(0) { $0 + abs($1.0 - $1.1) } / 2)
    }

    /// The largest absolute difference of the shares of one bin.
    /// - Returns: in [0, 1].
    package func largestShareDifference() -> Double {
        zip(referenceShares, currentShares).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
}
