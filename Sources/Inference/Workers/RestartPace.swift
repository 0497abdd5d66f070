/// How long to wait before a process that has ended is started again.
///
/// The first time at once, so that one lost process costs little; then half a second, and twice as long each time up
/// to half a minute. What has lived for a minute begins anew.
struct RestartPace: Sendable {
    private static let first = Duration.milliseconds(500)
    private static let longest = Duration.seconds(30)
    private static let soundAfter = Duration.seconds(60)

    private var next = Duration.zero

    /// The wait after a process that lived for `life`.
    mutating func wait(afterLife life: Duration) -> Duration {
        if life >= Self.soundAfter { next = .zero }
        defer { next = next == .zero ? Self.first : min(next * 2, Self.longest) }
        return next
    }
}
