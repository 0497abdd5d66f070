import Synchronization

/// How many requests each caller may make in a second.
///
/// Kept by the generic cell rate algorithm (ITU-T I.371): of each caller no more is known than when its next request would
/// come if it kept to the rate.
final class CallerRate: Sendable {
    /// The requests a second, and at once after a pause of a second.
    let perSecond: Int
    private let interval: Duration
    /// How far ahead of the rate a caller may be.
    private let tolerance: Duration
    private let state = Mutex(State())

    private struct State {
        var due: [String: ContinuousClock.Instant] = [:]
        /// How many callers are known before those of the past are forgotten.
        var countMax = 1_024
    }

    init(perSecond: Int) {
        self.perSecond = perSecond
        interval = .seconds(1) / perSecond
        tolerance = .seconds(1) - interval
    }

    /// How many callers are remembered.
    var knownCount: Int { state.withLock { $0.due.count } }

    /// Whether `caller` may make a request; one that is refused does not count.
    func take(_ caller: String, at now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { state in
            let due = max(state.due[caller] ?? now, now)
            guard due - now <= tolerance else { return false }
            state.due[caller] = due + interval
            if state.due.count > state.countMax {
                state.due = state.due.filter { $0.value > now }
                // Looked through again once as many more have come, so that a request costs the same on average.
                state.countMax = max(1_024, 2 * state.due.count)
            }
            return true
        }
    }
}
