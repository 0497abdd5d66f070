import Synchronization

/// Tells whoever watches what goes wrong and is gone on from, the same not again at once.
package final class StreamTrouble: Sendable {
    private let pause: Duration
    private let tell: @Sendable (String) -> Void
    private let last = Mutex<[String: ContinuousClock.Instant]>([:])

    /// Tells `tell`, the same words at most once in `pause`.
    package init(pause: Duration = .seconds(10), _ tell: @escaping @Sendable (String) -> Void) {
        self.pause = pause
        self.tell = tell
    }

    /// Tells `words`, unless that was done a moment ago.
    package func note(_ words: String) {
        let now = ContinuousClock.now
        let isNew = last.withLock { last in
            if let time = last[words], now - time < pause { return false }
            last = last.filter { now - $0.value < pause }
            last[words] = now
            return true
        }
        if isNew { tell(words) }
    }
}
