/// How many rows a model was asked at once, each time.
package struct BatchSizes: Sendable, Hashable {
    /// The upper bounds of the sizes by which batches are counted.
    package static let bounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]

    /// For each of ``bounds`` the batches of so many rows or fewer, and more than the bound before; last, larger ones.
    package private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    /// The rows in them.
    package private(set) var rows: UInt64 = 0

    /// None yet.
    package init() {}

    /// The batches.
    package var count: UInt64 { counts.reduce(0, +) }

    /// Counts a batch of `rows`.
    package mutating func record(rows: Int) {
        counts[Self.bounds.firstIndex { rows <= $0 } ?? Self.bounds.count] += 1
        self.rows += UInt64(rows)
    }

    /// Counts the batches of `other` as well.
    mutating func add(_ other: BatchSizes) {
        for index in counts.indices { counts[index] += other.counts[index] }
        rows += other.rows
    }
}
