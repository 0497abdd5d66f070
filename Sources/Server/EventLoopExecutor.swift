import NIOCore
import NIOPosix

/// Runs Swift tasks on the event loops themselves: a request is read, answered and written without a change of thread.
///
/// A task that goes on from an event loop stays on it; one that another thread wakes goes to the next loop in turn.
/// Nothing may block there, so whatever blocks has threads of its own (docs/decisions/0003).
final class EventLoopExecutor: TaskExecutor {
    private let loops: MultiThreadedEventLoopGroup

    /// An executor on `loops`, which must outlive every task that prefers it.
    init(_ loops: MultiThreadedEventLoopGroup) {
        self.loops = loops
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loops.any().execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
