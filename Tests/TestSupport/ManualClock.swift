import Synchronization

package import Kernel

/// A time of day that only a test moves.
package final class ManualClock: Sendable {
    private let time: Mutex<Timestamp>

    /// A clock that stands at `milliseconds` since 1970 UTC; by default at 2026-01-01T00:00:00Z.
    package init(milliseconds: Int64 = 1_767_225_600_000) {
        time = Mutex(Timestamp(milliseconds: milliseconds))
    }

    /// The clock as what is tested takes it.
    package var clock: WallClock {
        WallClock { self.now() }
    }

    /// The moment at which the clock stands.
    package func now() -> Timestamp {
        time.withLock { $0 }
    }

    /// Moves the clock on, or back when `milliseconds` is negative.
    package func advance(byMilliseconds milliseconds: Int64) {
        time.withLock { $0 = $0.advanced(byMilliseconds: milliseconds) }
    }

    /// Sets the clock.
    package func set(_ timestamp: Timestamp) {
        time.withLock { $0 = timestamp }
    }
}
