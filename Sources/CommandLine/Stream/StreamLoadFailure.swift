/// A version that a stream could not load, and when it may be tried again: each try fetches it anew.
struct StreamLoadFailure: Sendable {
    private static let pauseMin = Duration.seconds(10)
    private static let pauseMax = Duration.seconds(600)

    private let meaning: StreamReference.Meaning
    private let pause: Duration
    private let end: ContinuousClock.Instant

    /// `meaning` could not be loaded, at `time`; the pause doubles each time that the same fails again.
    init(
        of meaning: StreamReference.Meaning,
        after former: StreamLoadFailure?,
        at time: ContinuousClock.Instant = .now
    ) {
        self.meaning = meaning
        let before = former.flatMap { $0.meaning == meaning ? $0.pause : nil }
        pause = before.map { min($0 * 2, Self.pauseMax) } ?? Self.pauseMin
        end = time + pause
    }

    /// Whether it is too early to try `meaning`.
    func holdsBack(_ meaning: StreamReference.Meaning, at time: ContinuousClock.Instant = .now) -> Bool {
        meaning == self.meaning && time < end
    }
}
