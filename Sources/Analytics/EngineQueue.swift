import Dispatch

/// Runs an actor's work one piece after the other on a thread that may block, away from Swift's cooperative threads.
///
/// What waits is bounded by the actor that uses it.
final class EngineQueue: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
