/// How many rows a model is asked at once for an explanation: more as long as it answers quickly.
struct AskPace {
    private static let rowsFirst = 64
    /// An ask that takes longer holds up others, and in the end the process of a slow model would be taken for one that
    /// hangs.
    private static let quick = Duration.milliseconds(100)

    private let bounds: ClosedRange<Int>
    /// About the rows to ask next.
    private(set) var rows: Int

    /// The pace of the first ask, which is within `bounds` as all others.
    init(bounds: ClosedRange<Int>) {
        self.bounds = bounds
        rows = min(max(Self.rowsFirst, bounds.lowerBound), bounds.upperBound)
    }

    /// Notes how long the last ask took.
    mutating func note(took time: Duration) {
        rows = time < Self.quick ? min(2 * rows, bounds.upperBound) : max(rows / 2, bounds.lowerBound)
    }
}
