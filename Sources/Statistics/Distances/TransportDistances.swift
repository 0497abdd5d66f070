import Glibc

/// Wasserstein-1 distance: the area between the two empirical distribution functions, as
/// `scipy.stats.wasserstein_distance`.
package enum Wasserstein {
    /// The least mean distance by which the values of one sample must move to become the other.
    /// - Returns: ≥ 0, in the unit of the values.
    /// - Throws: ``StatisticsError/emptySample``, ``StatisticsError/outOfPrecision``.
    /// - Complexity: one merge pass, no memory.
    package static func distance(_ reference: SortedSample, _ current: SortedSample) throws(StatisticsError) -> Double {
        try requireFinite(integral(reference, current) { abs($0) })
    }

    /// The distance in units of the reference's population standard deviation, or of 0.001 where that is smaller
    /// (Evidently 0.7): a constant reference gives large values.
    /// - Returns: ≥ 0, dimensionless.
    /// - Throws: ``StatisticsError/emptySample``, ``StatisticsError/outOfPrecision``.
    package static func normalised(_ reference: SortedSample, _ current: SortedSample) throws(StatisticsError) -> Double
    {
        guard let spread = Moments(reference)?.standardDeviation else { throw .emptySample }
        return try requireFinite(distance(reference, current) / max(spread, 0.001))
    }
}

/// Székely and Rizzo's energy distance in one dimension, as `scipy.stats.energy_distance`.
package enum EnergyDistance {
    /// √(2·∫(F − G)²): depends on the unit, as the square root of it.
    /// - Returns: ≥ 0.
    /// - Throws: ``StatisticsError/emptySample``, ``StatisticsError/outOfPrecision``.
    /// - Complexity: one merge pass, no memory.
    package static func distance(_ reference: SortedSample, _ current: SortedSample) throws(StatisticsError) -> Double {
        try requireFinite((2 * integral(reference, current) { $0 * $0 }).squareRoot())
    }
}

/// The integral over the line of `weight(F − G)`, F and G the empirical distribution functions.
private func integral(
    _ reference: SortedSample,
    _ current: SortedSample,
    of weight: (Double) -> Double
) throws(StatisticsError) -> Double {
    guard let low = reference.values.first, let otherLow = current.values.first else { throw .emptySample }
    let n = Double(reference.count)
    let m = Double(current.count)
    var i = 0
    var j = 0
    var previous = min(low, otherLow)
    var sum = CompensatedSum()
    forEachPooled(reference, current) { pooled in
        sum.add(weight(Double(i) / n - Double(j) / m) * (pooled.value - previous))
        previous = pooled.value
        i += pooled.reference
        j += pooled.current
    }
    return sum.value
}
