/// How often each category of a column occurs; nil values are missing.
package struct CategoryCounts<Category: Hashable & Comparable & Sendable>: Sendable, Equatable {
    /// Values per category; every count is at least 1.
    package let counts: [Category: Int]
    /// How many values were missing.
    package let missing: Int
    /// How many values are not missing.
    package let total: Int

    /// Counts values in one pass. O(categories) memory.
    package init(_ values: some Sequence<Category?>) {
        var counts: [Category: Int] = [:]
        var missing = 0
        var total = 0
        for value in values {
            guard let value else {
                missing += 1
                continue
            }
            counts[value, default: 0] += 1
            total += 1
        }
        self.counts = counts
        self.missing = missing
        self.total = total
    }

    /// Takes counts that were made before; categories without a value are dropped.
    /// - Throws: ``StatisticsError/invalidArgument(_:)`` for a negative count.
    package init(counts: [Category: Int], missing: Int = 0) throws(StatisticsError) {
        guard missing >= 0, counts.values.allSatisfy({ $0 >= 0 }) else {
            throw .invalidArgument("counts must not be negative")
        }
        self.counts = counts.filter { $0.value > 0 }
        self.missing = missing
        total = counts.values.reduce(0, +)
    }

    /// How many different categories there are.
    package var distinct: Int { counts.count }

    /// Both sides on the union of their categories, ascending.
    /// - Throws: ``StatisticsError/emptySample`` when a side has no value.
    package func paired(
        withCurrent current: CategoryCounts
    ) throws(StatisticsError) -> (categories: [Category], pair: BinnedPair) {
        let categories = Set(counts.keys).union(current.counts.keys).sorted()
        let pair = try BinnedPair(
            reference: categories.map { counts[$0] ?? 0 },
            current: categories.map { current.counts[$0] ?? 0 }
        )
        return (categories, pair)
    }
}
