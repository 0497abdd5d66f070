/// Reference and current counted on the same bins or categories: what every binned distance is computed from.
///
/// Both sides hold at least one value, so that shares exist. Bins may be empty on either side or on both.
package struct BinnedPair: Sendable, Equatable {
    /// Values per bin in the reference window.
    package let reference: [Int]
    /// Values per bin in the current window, in the same order.
    package let current: [Int]
    /// Values in all of reference.
    package let referenceTotal: Int
    /// Values in all of current.
    package let currentTotal: Int

    /// Pairs counts of the same bins.
    /// - Throws: ``StatisticsError/binCountMismatch(reference:current:)``; ``StatisticsError/emptySample`` when a side
    ///   counts nothing; ``StatisticsError/invalidArgument(_:)`` for a negative count.
    package init(reference: [Int], current: [Int]) throws(StatisticsError) {
        guard reference.count == current.count else {
            throw .binCountMismatch(reference: reference.count, current: current.count)
        }
        guard reference.allSatisfy({ $0 >= 0 }), current.allSatisfy({ $0 >= 0 }) else {
            throw .invalidArgument("counts must not be negative")
        }
        self.reference = reference
        self.current = current
        referenceTotal = try Self.total(reference)
        currentTotal = try Self.total(current)
    }

    /// Counts both samples on `edges`. O(bins · log n).
    /// - Throws: ``StatisticsError/emptySample`` when no value of a side lies inside the edges.
    package init(_ reference: SortedSample, _ current: SortedSample, on edges: BinEdges) throws(StatisticsError) {
        try self.init(reference: edges.counts(of: reference), current: edges.counts(of: current))
    }

    /// Each bin's share of the reference, summing to 1.
    package var referenceShares: [Double] { reference.map { Double($0) / Double(referenceTotal) } }
    /// Each bin's share of current, summing to 1.
    package var currentShares: [Double] { current.map { Double($0) / Double(currentTotal) } }

    private static func total(_ counts: [Int]) throws(StatisticsError) -> Int {
        var total = 0
        for count in counts {
            let (sum, overflow) = total.addingReportingOverflow(count)
            guard !overflow else { throw .outOfPrecision }
            total = sum
        }
        guard total > 0 else { throw .emptySample }
        return total
    }
}
