/// The finite values of a column, sorted once for every statistic that needs ranks, quantiles or bins.
///
/// NaN, the infinities and nil count as missing and are dropped, per sample, as Evidently 0.7 does. A negative zero
/// becomes zero. Building costs one pass and one O(n) sort; what is computed from it afterwards is one pass or less.
package struct SortedSample: Sendable, Equatable {
    /// The finite values, ascending.
    package let values: [Double]
    /// How many of the given values were NaN, infinite or nil.
    package let missing: Int

    /// How many finite values there are.
    package var count: Int { values.count }
    /// Whether nothing is left after cleaning.
    package var isEmpty: Bool { values.isEmpty }

    /// Cleans and sorts `values`.
    package init(_ values: [Double]) {
        self.init(values.span)
    }

    /// Cleans and sorts `values`, of any order.
    package init(_ values: Span<Double>) {
        var kept: [Double] = []
        kept.reserveCapacity(values.count)
        for index in values.indices where values[index].isFinite { kept.append(values[index] + 0.0) }
        missing = values.count - kept.count
        radixSort(&kept)
        self.values = kept
    }

    /// Cleans and sorts `values`, of any order.
    package init(_ values: UnsafeBufferPointer<Double>) {
        self.init(values.span)
    }

    /// Cleans and sorts `values`, where nil is a missing value.
    package init(_ values: [Double?]) {
        self.init(values.map { $0 ?? .nan })
    }

    /// Takes values that were sorted and cleaned before, for example by a stored reference.
    /// - Throws: ``StatisticsError/invalidArgument(_:)`` when they are not finite and ascending, or `missing` < 0.
    package init(sorted values: [Double], missing: Int) throws(StatisticsError) {
        guard missing >= 0 else { throw .invalidArgument("a sample's missing count must not be negative") }
        var last = -Double.infinity
        for value in values {
            guard value.isFinite, value >= last else {
                throw .invalidArgument("a stored sample must hold finite values in ascending order")
            }
            last = value
        }
        self.values = values
        self.missing = missing
    }
}

extension SortedSample {
    /// The values without repetition, ascending. One pass.
    package var distinctValues: [Double] {
        var result: [Double] = []
        for value in values where value != result.last { result.append(value) }
        return result
    }

    /// How many different values there are. One pass, no memory.
    package var distinctCount: Int {
        var result = values.isEmpty ? 0 : 1
        for index in values.indices.dropFirst() where values[index] != values[index - 1] { result += 1 }
        return result
    }

    /// How many values are below `bound`: the index of the first one that is not. O(log n).
    package func countBelow(_ bound: Double) -> Int {
        partition { $0 < bound }
    }

    /// How many values are at most `bound`. O(log n).
    package func countAtMost(_ bound: Double) -> Int {
        partition { $0 <= bound }
    }

    /// The quantile at `probability` by linear interpolation between order statistics, position (n − 1)·p, as
    /// `numpy.quantile` does by default (Hyndman and Fan, type 7).
    /// - Parameter probability: in [0, 1].
    /// - Returns: in the unit of the values, between the smallest and the largest of them.
    /// - Throws: ``StatisticsError/emptySample``; ``StatisticsError/invalidArgument(_:)`` outside [0, 1];
    ///   ``StatisticsError/outOfPrecision`` when two neighbours are more than the largest double apart.
    package func quantile(_ probability: Double) throws(StatisticsError) -> Double {
        guard (0...1).contains(probability) else { throw .invalidArgument("a quantile's probability is in [0, 1]") }
        guard !isEmpty else { throw .emptySample }
        guard let value = interpolated(at: probability) else { throw .outOfPrecision }
        return value
    }

    /// The quantile as above; nil where it would throw.
    func interpolated(at probability: Double) -> Double? {
        guard let last = values.last else { return nil }
        let position = Double(count - 1) * probability
        let below = Int(position)
        guard below + 1 < count else { return last }
        let low = values[below]
        let high = values[below + 1]
        let share = position - Double(below)
        // From the nearer end, as NumPy: exact at both ends and monotone between them.
        let value = share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share)
        return value.isFinite ? value : nil
    }

    /// At most `limit` of the values, evenly spaced by rank, with the smallest and the largest kept.
    ///
    /// Deterministic: the i-th kept value has rank round(i·(n − 1)/(limit − 1)), so that no quantile moves by more than
    /// 1/(2·limit) in rank. The sample itself when it already fits. `missing` stays that of the whole sample.
    /// `limit` is at least 2.
    package func thinned(to limit: Int) -> SortedSample {
        precondition(limit >= 2, "a thinned sample keeps at least its two ends")
        guard count > limit else { return self }
        let spacing = Double(count - 1) / Double(limit - 1)
        let kept = (0..<limit).map { values[min(count - 1, Int((Double($0) * spacing).rounded()))] }
        return SortedSample(trusted: kept, missing: missing)
    }

    private init(trusted values: [Double], missing: Int) {
        self.values = values
        self.missing = missing
    }

    private func partition(_ isBefore: (Double) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(values[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
