/// A moment that Martlet or MLflow recorded: milliseconds since 1970 UTC.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    package let milliseconds: Int64

    /// The moment `milliseconds` after 1970 UTC.
    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The moment `milliseconds` later, or earlier when negative.
    package func advanced(byMilliseconds milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: self.milliseconds + milliseconds)
    }
}

/// Where the time of day comes from; passed in, so that tests decide what time it is.
package struct WallClock: Sendable {
    private let read: @Sendable () -> Timestamp

    /// A clock that answers what `read` gives.
    package init(_ read: @escaping @Sendable () -> Timestamp) {
        self.read = read
    }

    /// The time of day.
    package func now() -> Timestamp { read() }
}
