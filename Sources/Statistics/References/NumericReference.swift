/// What is kept of a numeric reference window, so that later windows are compared without its rows.
///
/// Plain data to be stored: fixed bin edges with their counts (for PSI and the other binned distances), a profile, and
/// a bounded sample by rank (for Kolmogorov-Smirnov, Wasserstein and the other tests).
package struct NumericReference: Sendable, Equatable {
    /// The profile of all values.
    package let profile: NumericProfile
    /// The bins, ``BinEdges/monitoring(_:)`` unless stored otherwise.
    package let edges: BinEdges
    /// All reference values per bin of ``edges``.
    package let counts: [Int]
    /// The reference's values, or so many of them evenly spaced by rank.
    package let sample: SortedSample

    /// Captures a reference.
    /// - Parameters:
    ///   - reference: all values of the reference window.
    ///   - sampleLimit: how many values to keep at most; ≥ 2. The default keeps exact Kolmogorov-Smirnov possible.
    /// - Throws: ``StatisticsError/emptySample`` when the column has no finite value;
    ///   ``StatisticsError/outOfPrecision``.
    package init(
        _ reference: SortedSample,
        sampleLimit: Int = KolmogorovSmirnov.exactCountMax
    ) throws(StatisticsError) {
        profile = NumericProfile(reference)
        edges = try BinEdges.monitoring(reference)
        counts = edges.counts(of: reference)
        sample = reference.thinned(to: sampleLimit)
    }

    /// Takes a stored reference.
    /// - Throws: ``StatisticsError/binCountMismatch(reference:current:)`` unless there is a count for each bin;
    ///   ``StatisticsError/emptySample`` when a part holds no value.
    package init(
        profile: NumericProfile,
        edges: BinEdges,
        counts: [Int],
        sample: SortedSample
    ) throws(StatisticsError) {
        guard counts.count == edges.binCount else {
            throw .binCountMismatch(reference: counts.count, current: edges.binCount)
        }
        guard profile.count > 0, !sample.isEmpty else { throw .emptySample }
        self.profile = profile
        self.edges = edges
        self.counts = counts
        self.sample = sample
    }

    /// Counts a current window on the reference's bins.
    /// - Throws: ``StatisticsError/emptySample`` when `current` has no finite value.
    package func binned(_ current: SortedSample) throws(StatisticsError) -> BinnedPair {
        try BinnedPair(reference: counts, current: edges.counts(of: current))
    }
}
