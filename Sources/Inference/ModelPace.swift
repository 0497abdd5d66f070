import Synchronization

/// How quick a model is, as its runs show: what is quick runs at once, wherever it is asked.
///
/// Read and written by any number of threads without a lock. Two that write at once may lose one of both samples, of
/// which there are always more.
final class ModelPace: Sendable {
    /// A run that takes less is done at once by whoever asks: handing it to another thread would cost more.
    private static let atOnceNanosecondsMax: Int64 = 200_000
    /// A sample counts for no more: on a busy machine a run is now and then interrupted by another thread.
    private static let sampleNanosecondsMax: Int64 = 1_000_000
    /// The share of a sample in the mean is one in so many.
    private static let weight: Int64 = 16
    /// How long a model runs elsewhere after it has held others up, twice within as long.
    private static let restNanoseconds: Int64 = 1_000_000_000

    // A moving mean; for a model that was never timed more than any run may take.
    private let rowNanoseconds: Atomic<Int64>
    // Until when it is not run at once, in nanoseconds since `origin`.
    private let restsUntil = Atomic<Int64>(0)
    // When it last held others up, in nanoseconds since `origin`; 0 where it never has.
    private let heldUpAt = Atomic<Int64>(0)
    private let origin = ContinuousClock.now

    /// The pace of a model that took `rowNanoseconds` for a row when it was tried out; nil where it could not be, and
    /// is never taken to be quick.
    init(rowNanoseconds: Int64?) {
        self.rowNanoseconds = Atomic(rowNanoseconds ?? .max)
    }

    /// Whether a run on so many rows, at the time `now`, would likely be over at once.
    func isQuick(rows: Int, now: ContinuousClock.Instant) -> Bool {
        let row = rowNanoseconds.load(ordering: .relaxed)
        guard row < Self.atOnceNanosecondsMax, row * Int64(clamping: min(rows, 1 << 20)) < Self.atOnceNanosecondsMax
        else { return false }
        let end = restsUntil.load(ordering: .relaxed)
        return end == 0 || (now - origin).nanoseconds >= end
    }

    /// Notes how long a run on so many rows took.
    func note(rows: Int, took: Duration) {
        let mean = rowNanoseconds.load(ordering: .relaxed)
        guard mean != .max, rows > 0 else { return }
        let sample = min(took.nanoseconds / Int64(rows), Self.sampleNanosecondsMax)
        // Many rows tell of a slow model, not of a quick one, for what a run costs by itself is shared among them:
        // unless they were over at once, all of them.
        guard rows == 1 || sample > mean || took.nanoseconds < Self.atOnceNanosecondsMax else { return }
        rowNanoseconds.store(mean + (sample - mean) / Self.weight, ordering: .relaxed)
    }

    /// Notes that a run, over at the time `now`, took so long that others waited for it. The second within a second
    /// makes the model rest: one by itself may be that of a thread which was interrupted.
    func noteHoldUp(now: ContinuousClock.Instant) {
        let time = (now - origin).nanoseconds
        let last = heldUpAt.exchange(time, ordering: .relaxed)
        if last != 0, time - last < Self.restNanoseconds { rest(now: now) }
    }

    /// Has the model run elsewhere for a second from the time `now`.
    func rest(now: ContinuousClock.Instant) {
        restsUntil.store((now - origin).nanoseconds + Self.restNanoseconds, ordering: .relaxed)
    }
}
