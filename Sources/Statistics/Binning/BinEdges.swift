import Glibc

/// The edges of a histogram, and the counting of values into its bins.
///
/// Bin i holds edges[i] ≤ x < edges[i + 1]; the last bin holds its upper edge too (NumPy's rule). The first edge may
/// be −∞ and the last +∞; all others are finite. Strictly ascending, 2 to 10,001 edges.
package struct BinEdges: Sendable, Equatable {
    /// The edges, one more than there are bins.
    package let values: [Double]

    /// How many bins there are.
    package var binCount: Int { values.count - 1 }

    /// Takes edges that come from elsewhere.
    /// - Throws: ``StatisticsError/invalidArgument(_:)`` unless they are strictly ascending and without NaN;
    ///   ``StatisticsError/tooFewBins`` below two edges; ``StatisticsError/tooManyBins(most:found:)`` above 10,001.
    package init(_ values: [Double]) throws(StatisticsError) {
        guard values.count >= 2 else { throw .tooFewBins }
        guard values.count <= 10_001 else { throw .tooManyBins(most: 10_000, found: values.count - 1) }
        guard zip(values, values.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw .invalidArgument("bin edges must be strictly ascending")
        }
        self.values = values
    }

    /// `bins` bins of equal width from `lower` to `upper`, as `numpy.histogram_bin_edges`: a range of zero width is
    /// widened by 0.5 to both sides, edge i is `lower + i·((upper − lower)/bins)` and the last edge is `upper` itself.
    /// - Throws: ``StatisticsError/outOfPrecision`` when double precision has no room for so many bins in the range.
    package init(from lower: Double, to upper: Double, bins: Int) throws(StatisticsError) {
        guard bins >= 1 else { throw .tooFewBins }
        guard bins <= 10_000 else { throw .tooManyBins(most: 10_000, found: bins) }
        guard lower <= upper else { throw .invalidArgument("a histogram's lower bound must not exceed the upper") }
        let low = lower == upper ? lower - 0.5 : lower
        let high = lower == upper ? upper + 0.5 : upper
        let width = (high - low) / Double(bins)
        guard width.isFinite, low.isFinite else { throw .outOfPrecision }
        var edges = (0..<bins).map { Double($0) * width + low }
        edges.append(high)
        guard zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .outOfPrecision }
        values = edges
    }
}

extension BinEdges {
    /// How many of the sample's values fall in each bin; values outside finite outer edges are in none.
    /// O(bins · log n) on a sorted sample.
    package func counts(of sample: SortedSample) -> [Int] {
        var counts: [Int] = []
        counts.reserveCapacity(binCount)
        var below = sample.countBelow(values[0])
        for edge in values[1..<binCount] {
            let next = sample.countBelow(edge)
            counts.append(next - below)
            below = next
        }
        counts.append(sample.countAtMost(values[binCount]) - below)
        return counts
    }

    /// The same in one pass over values of any order; what is not finite is in no bin. O(n · log bins).
    package func counts(of values: Span<Double>) -> [Int] {
        var counts = [Int](repeating: 0, count: binCount)
        for index in values.indices where values[index].isFinite {
            if let bin = bin(of: values[index]) { counts[bin] += 1 }
        }
        return counts
    }

    /// The bin that holds a finite `value`; nil when it is outside the outer edges.
    package func bin(of value: Double) -> Int? {
        guard value >= values[0], value <= values[binCount] else { return nil }
        var low = 0
        var high = binCount
        // Invariant: edges[low] <= value, and value < edges[high] or high is the last edge.
        while high - low > 1 {
            let middle = (low + high) / 2
            if value < values[middle] { high = middle } else { low = middle }
        }
        return low
    }
}

extension BinEdges {
    /// Sturges' bins over the combined range of both samples: width range / (log₂ N + 1) with N values in all, as
    /// `numpy.histogram_bin_edges(…, bins: "sturges")` and therefore Evidently 0.7 have them.
    ///
    /// One outlier on either side widens every bin; a monitor is better served by ``referenceQuantiles(of:bins:)``.
    /// - Throws: ``StatisticsError/emptySample`` when either is empty; ``StatisticsError/outOfPrecision``.
    package static func sturges(_ reference: SortedSample, _ current: SortedSample) throws(StatisticsError) -> BinEdges
    {
        guard let low = reference.values.first, let high = reference.values.last,
            let otherLow = current.values.first, let otherHigh = current.values.last
        else { throw .emptySample }
        return try sturges(
            from: min(low, otherLow),
            to: max(high, otherHigh),
            valueCount: reference.count + current.count
        )
    }

    /// Sturges' bins for `valueCount` values that span `lower ... upper`.
    /// - Throws: ``StatisticsError/outOfPrecision``.
    static func sturges(from lower: Double, to upper: Double, valueCount: Int) throws(StatisticsError) -> BinEdges {
        let range = try requireFinite(upper - lower)
        let width = range / (log2(Double(valueCount)) + 1)
        let bins = width > 0 ? Int((range / width).rounded(.up)) : 1
        return try BinEdges(from: lower, to: upper, bins: bins)
    }

    /// Bins that hold about the same share of `reference` each: its distinct linear quantiles, the outer two replaced
    /// by −∞ and +∞. With 10 bins, the deciles of the banking convention for PSI.
    ///
    /// Fixed once the reference is known, insensitive to outliers, mergeable over time. Fewer bins than asked for when
    /// quantiles coincide.
    /// - Throws: ``StatisticsError/emptySample``; ``StatisticsError/tooFewBins`` when the quantiles make one bin only
    ///   (a constant, a flag): ``around(_:)`` has an answer there.
    package static func referenceQuantiles(of reference: SortedSample, bins: Int = 10) throws(StatisticsError)
        -> BinEdges
    {
        guard bins >= 2, bins <= 10_000 else { throw .invalidArgument("quantile bins must be 2 to 10000") }
        var edges: [Double] = []
        for step in 0...bins {
            let edge = try reference.quantile(Double(step) / Double(bins))
            if edge != edges.last { edges.append(edge) }
        }
        guard edges.count >= 3 else { throw .tooFewBins }
        edges[0] = -.infinity
        edges[edges.count - 1] = .infinity
        return try BinEdges(edges)
    }

    /// Three bins for a column whose quantiles hardly differ: below, equal to, and above the reference's lower median.
    /// - Throws: ``StatisticsError/emptySample``.
    package static func around(_ reference: SortedSample) throws(StatisticsError) -> BinEdges {
        guard !reference.isEmpty else { throw .emptySample }
        let median = reference.values[(reference.count - 1) / 2]
        return try BinEdges([-.infinity, median, median.nextUp, .infinity])
    }

    /// The bins that a monitor should fix for a reference: its deciles, or ``around(_:)`` where they make only one bin.
    /// - Throws: ``StatisticsError/emptySample``; ``StatisticsError/outOfPrecision``.
    package static func monitoring(_ reference: SortedSample) throws(StatisticsError) -> BinEdges {
        do { return try referenceQuantiles(of: reference) } catch {
            guard error == .tooFewBins else { throw error }
            return try around(reference)
        }
    }
}
