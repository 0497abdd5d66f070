/// Count, mean and spread of a stream of numbers, updated by each (Welford, 1962).
package struct RunningMoments: Sendable, Hashable {
    /// How many there were.
    package private(set) var count: Int
    /// Their mean; 0 before the first.
    package private(set) var mean: Double
    /// The sum of their squared deviations from the mean.
    package private(set) var squares: Double

    /// The moments of a stream of which so much is known; by default of an empty one.
    package init(count: Int = 0, mean: Double = 0, squares: Double = 0) {
        self.count = count
        self.mean = mean
        self.squares = squares
    }

    /// Takes one more number; one that is not finite, or so far off that the moments would not be, is left out.
    package mutating func add(_ value: Double) {
        let deviation = value - mean
        let next = mean + deviation / Double(count + 1)
        let sum = squares + deviation * (value - next)
        guard next.isFinite, sum.isFinite else { return }
        count += 1
        mean = next
        squares = sum
    }
}
