/// Two samples counted on common bins, and what the bins are.
package struct NumericBinning: Sendable, Equatable {
    /// What a bin stands for.
    package enum Bins: Sendable, Equatable {
        /// Intervals of a histogram.
        case edges(BinEdges)
        /// One bin for each of these values, ascending.
        case values([Double])
    }

    /// The bins of ``pair``.
    package let bins: Bins
    /// Both samples' counts, in the order of ``bins``.
    package let pair: BinnedPair

    /// Evidently 0.7's bins for PSI, Kullback-Leibler and Jensen-Shannon: Sturges' edges over the combined range when
    /// the reference has more than 20 different values, else one bin for each different value of either side.
    /// - Throws: ``StatisticsError/emptySample``, ``StatisticsError/outOfPrecision``.
    package init(evidently reference: SortedSample, _ current: SortedSample) throws(StatisticsError) {
        if reference.distinctCount > 20 {
            let edges = try BinEdges.sturges(reference, current)
            bins = .edges(edges)
            pair = try BinnedPair(reference, current, on: edges)
        } else {
            self = try NumericBinning(distinct: reference, current)
        }
    }

    /// One bin for each different value of either side. One merge pass.
    /// - Throws: ``StatisticsError/emptySample``.
    package init(distinct reference: SortedSample, _ current: SortedSample) throws(StatisticsError) {
        var values: [Double] = []
        var referenceCounts: [Int] = []
        var currentCounts: [Int] = []
        forEachPooled(reference, current) { pooled in
            values.append(pooled.value)
            referenceCounts.append(pooled.reference)
            currentCounts.append(pooled.current)
        }
        bins = .values(values)
        pair = try BinnedPair(reference: referenceCounts, current: currentCounts)
    }
}
