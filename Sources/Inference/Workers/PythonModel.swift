/// A model in processes of Python, ready to be asked from anywhere.
///
/// When the last reference ends, the processes answer what they have begun and end, and the model's files go.
package final class PythonModel: Sendable {
    /// What the first process said of itself.
    package let ready: WorkerReady
    private let queue: WorkerQueue
    private let counters: WorkerCounters

    init(ready: WorkerReady, queue: WorkerQueue, counters: WorkerCounters) {
        self.ready = ready
        self.queue = queue
        self.counters = counters
    }

    deinit {
        queue.close()
    }

    /// What the processes do and have done.
    package var statistics: WorkerStatistics {
        var statistics = counters.snapshot
        statistics.waiting = queue.waitingCount
        return statistics
    }

    /// Asks the model, when its turn comes.
    ///
    /// - Parameters:
    ///   - request: what it is asked.
    ///   - isApart: whether the request is put together with no other, and not counted.
    /// - Returns: what it answers.
    /// - Throws: `inputInvalid` and `requestInvalid` for what the model or MLflow does not take; `answerInvalid` when it
    ///   fails otherwise; `overloaded` when too many wait; `timedOut`; `workerEnded` when two processes have ended while
    ///   they answered; `workerUnavailable` when none can be started; `CancellationError`.
    package func run(_ request: WorkerRequest, isApart: Bool = false) async throws -> WorkerAnswer {
        let call = WorkerCall(request, isApart: isApart)
        let answer = try await call.answer.value { queue.append(call) }
        if case .tensors(_, let rows) = request { try answer.check(rows: rows) }
        return answer
    }
}
