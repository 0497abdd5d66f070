/// How many rows a model is asked at once for an explanation.
///
/// Of a model in processes of its own more as long as it answers quickly: the process of one that takes too long would be
/// taken for one that hangs, and be ended.
struct AskPace {
    private static let rowsFirst = 64
    private static let quick = Duration.milliseconds(100)
    /// What takes longer than the wait for others usually does.
    private static let slow = Duration.seconds(1)

    private let bounds: ClosedRange<Int>
    private let isCautious: Bool
    /// About the rows to ask next.
    private(set) var rows: Int

    /// The pace of the first ask, which is within `bounds` as all others; always the most, unless `isCautious`.
    init(bounds: ClosedRange<Int>, isCautious: Bool) {
        self.bounds = bounds
        self.isCautious = isCautious
        rows = isCautious ? min(max(Self.rowsFirst, bounds.lowerBound), bounds.upperBound) : bounds.upperBound
    }

    /// Notes how long the last ask took, the wait for others included.
    mutating func note(took time: Duration) {
        guard isCautious else { return }
        if time < Self.quick { rows = min(2 * rows, bounds.upperBound) }
        if time >= Self.slow { rows = max(rows / 2, bounds.lowerBound) }
    }
}
