/// What is kept of a categorical reference window: its most frequent categories with counts, and the rest as one.
///
/// Plain data to be stored. Bounded, so that a column of identifiers does not make an unbounded profile.
package struct CategoricalReference: Sendable, Equatable {
    /// Categories that have a bin of their own: the most frequent ones, in ascending order of the text.
    package let categories: [String]
    /// Values per category of ``categories``.
    package let counts: [Int]
    /// Values of all other categories together.
    package let otherCount: Int
    /// How many values were missing.
    package let missing: Int

    /// How many values are not missing.
    package var count: Int { counts.reduce(otherCount, +) }

    /// Captures a reference.
    /// - Parameters:
    ///   - reference: the counts of the reference window.
    ///   - categoryLimit: how many categories keep a bin of their own; ties go to the smaller text. At least 1.
    /// - Throws: ``StatisticsError/emptySample`` when every value is missing.
    package init(_ reference: CategoryCounts<String>, categoryLimit: Int = 1_000) throws(StatisticsError) {
        precondition(categoryLimit >= 1, "a categorical reference keeps at least one category")
        guard reference.total > 0 else { throw .emptySample }
        let byFrequency = reference.counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let kept = byFrequency.prefix(categoryLimit).sorted { $0.key < $1.key }
        categories = kept.map(\.key)
        counts = kept.map(\.value)
        otherCount = reference.total - counts.reduce(0, +)
        missing = reference.missing
    }

    /// Takes a stored reference.
    /// - Throws: ``StatisticsError/binCountMismatch(reference:current:)`` unless there is a count for each category;
    ///   ``StatisticsError/invalidArgument(_:)`` for a repeated category or a negative count;
    ///   ``StatisticsError/emptySample`` when nothing was counted.
    package init(categories: [String], counts: [Int], otherCount: Int, missing: Int) throws(StatisticsError) {
        guard categories.count == counts.count else {
            throw .binCountMismatch(reference: counts.count, current: categories.count)
        }
        guard Set(categories).count == categories.count else {
            throw .invalidArgument("a reference's categories must not repeat")
        }
        guard otherCount >= 0, missing >= 0, counts.allSatisfy({ $0 >= 0 }) else {
            throw .invalidArgument("counts must not be negative")
        }
        self.categories = categories
        self.counts = counts
        self.otherCount = otherCount
        self.missing = missing
        guard count > 0 else { throw .emptySample }
    }

    /// Counts a current window on the reference's categories. Where either side has other categories, a last bin holds
    /// them all; its category is nil.
    /// - Throws: ``StatisticsError/emptySample`` when every current value is missing.
    package func binned(
        _ current: CategoryCounts<String>
    ) throws(StatisticsError) -> (categories: [String?], pair: BinnedPair) {
        var currentCounts = categories.map { current.counts[$0] ?? 0 }
        let currentOther = current.total - currentCounts.reduce(0, +)
        guard otherCount > 0 || currentOther > 0 else {
            return (categories, try BinnedPair(reference: counts, current: currentCounts))
        }
        currentCounts.append(currentOther)
        return (categories + [nil], try BinnedPair(reference: counts + [otherCount], current: currentCounts))
    }
}
