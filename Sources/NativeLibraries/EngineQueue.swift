import Dispatch

/// Runs an actor's work one piece after the other on a thread that may block, away from Swift's cooperative threads.
///
/// What waits is bounded by the actor that uses it.
package final class EngineQueue: SerialExecutor {
    private let queue: DispatchQueue

    /// A queue whose thread is shown as `label`.
    package init(label: String) {
        queue = DispatchQueue(label: label)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
