import Glibc

/// A few threads of our own on which models are opened and run, so that no run holds up the cooperative pool.
///
/// Work starts in the order it came. The queue has a bound and refuses what goes beyond it: a caller that waits
/// behind a full queue would only be late. Cancelling a task takes its work out of the queue; work that has begun
/// goes on to its end. When the last reference ends, so do the threads.
package final class InferenceExecutor: Sendable {
    private let queue: InferenceQueue
    /// As many runs of one model may go on at once.
    package let runsPerModelMax: Int

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - name: with a number the name of each thread, of which the system shows 15 bytes.
    ///   - threads: as many runs go on at once; 1 to 1024.
    ///   - runsPerModelMax: as many of them may be one model's; all where nothing is said.
    ///   - queueMax: the work that may wait beside what is being done; 1 or more.
    /// - Throws: `engineUnavailable` when the system gives no threads.
    package init(
        name: String = "inference",
        threads: Int,
        runsPerModelMax: Int? = nil,
        queueMax: Int = 1_024
    ) throws(InferenceError) {
        precondition((1...1_024).contains(threads) && queueMax >= 1, "an executor has threads and a queue")
        self.runsPerModelMax = max(1, runsPerModelMax ?? threads)
        queue = InferenceQueue(capacity: queueMax)
        for index in 0..<threads {
            do {
                try EngineThread.start(name: "\(name)-\(index)") { [queue] in
                    while let work = queue.next() { work() }
                }
            } catch {
                queue.close()
                throw error
            }
        }
    }

    /// The threads of a server, for models of which it knows nothing: one more than there are cores, at least three, of
    /// which a model never has all. So one that hangs leaves others a thread, however many replicas it has.
    ///
    /// - Throws: `engineUnavailable` when the system gives no threads.
    package static func forServer() throws(InferenceError) -> InferenceExecutor {
        let threads = min(64, max(3, sysconf(Int32(_SC_NPROCESSORS_ONLN)) + 1))
        return try InferenceExecutor(threads: threads, runsPerModelMax: threads - 1)
    }

    deinit {
        queue.close()
    }

    /// The work that waits for a thread.
    package var waitingCount: Int { queue.waitingCount }

    /// Has one of the threads do `work` when its turn comes; false when there is no room for it.
    func perform(_ work: @escaping @Sendable () -> Void) -> Bool { queue.append(work) }

    /// What whoever finds no room is told.
    var isFull: InferenceError {
        InferenceError(.queueFull, "the queue for inference is full (\(queue.capacity) waiting); try again later")
    }

    /// Runs `body` on one of the threads.
    ///
    /// - Parameter body: may block.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws; `queueFull`; `CancellationError` when the task is cancelled before its turn.
    package func run<T: Sendable>(_ body: @Sendable @escaping () throws -> T) async throws -> T {
        let answer = PendingAnswer<T>()
        return try await answer.value {
            if !queue.append({ answer.give(resultOf: body) }) { answer.give(.failure(isFull)) }
        }
    }

    /// Runs `body` on one of the threads, which have no task that it could ask whether it is cancelled.
    ///
    /// - Parameter body: may block; it is given what says that the task is cancelled, and asks that now and then.
    /// - Returns: what `body` returns.
    /// - Throws: as ``run(_:)``.
    package func runStoppable<T: Sendable>(_ body: @Sendable @escaping (StopFlag) throws -> T) async throws -> T {
        let stop = StopFlag()
        return try await withTaskCancellationHandler {
            try await run { try body(stop) }
        } onCancel: {
            stop.set()
        }
    }
}
