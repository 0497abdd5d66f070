import Synchronization

/// Keeps the pause between two lines of a meter, however often there is something to show.
final class MeterPace: Sendable {
    private let pause: Duration
    private let shownAt: Mutex<ContinuousClock.Instant>

    /// The pace of `form`; the first line is due at once, or after a pause where it `waitsAtFirst`.
    init(_ form: MeterForm, waitsAtFirst: Bool = false) {
        pause = form.pause
        shownAt = Mutex(waitsAtFirst ? ContinuousClock.now : ContinuousClock.now - form.pause)
    }

    /// Whether a line is due; it is then taken for shown.
    func isDue() -> Bool {
        shownAt.withLock { shownAt in
            guard ContinuousClock.now - shownAt >= pause else { return false }
            shownAt = .now
            return true
        }
    }
}
