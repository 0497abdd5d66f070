/// Asks a process what callers want to know, and tells each of them the answer, or why there is none.
struct WorkerConversation {
    private let connection: WorkerConnection
    private let queue: WorkerQueue
    private let limits: WorkerLimits
    private let counters: WorkerCounters

    init(_ connection: WorkerConnection, _ shared: WorkerReplica.Shared) {
        self.connection = connection
        queue = shared.queue
        limits = shared.limits
        counters = shared.counters
    }

    /// Answers all of `calls`, asked as one; each by itself where the model does not take them so.
    ///
    /// - Throws: a fault after which the process is to be ended; whoever waits has been told, or waits for another try.
    func answer(_ calls: [WorkerCall]) throws(WorkerFault) {
        let rows = calls.reduce(0) { $0 + $1.request.rows }
        // What is asked apart is always alone.
        if !calls[0].isApart { counters.countBatch(requests: calls.count, rows: rows) }
        let answer: WorkerAnswer
        do throws(WorkerFault) {
            let frame = WorkerRequest.frame(calls.map(\.request))
            answer = try WorkerAnswer(try connection.exchange(frame, until: .now + limits.requestTime))
        } catch .refused(let error) {
            guard calls.count > 1 else { return calls[0].answer.give(.failure(error)) }
            // One of them may be at fault, and the others not.
            return try answerEach(calls)
        } catch {
            tell(calls, of: error)
            throw error
        }
        guard calls.count > 1 else { return calls[0].answer.give(.success(answer)) }
        let parts = split(answer, calls, rows)
        guard parts.count == calls.count else {
            queue.stopMerging()
            return try answerEach(calls)
        }
        for (call, part) in zip(calls, parts) { call.answer.give(.success(part)) }
    }

    private func answerEach(_ calls: [WorkerCall]) throws(WorkerFault) {
        for (index, call) in calls.enumerated() {
            do throws(WorkerFault) {
                try answer([call])
            } catch {
                queue.putBack(Array(calls[(index + 1)...]))
                throw error
            }
        }
    }

    /// The answer's part for each call; fewer where it does not go by rows.
    private func split(_ answer: WorkerAnswer, _ calls: [WorkerCall], _ total: Int) -> [WorkerAnswer] {
        var parts: [WorkerAnswer] = []
        var first = 0
        for call in calls {
            let end = first + call.request.rows
            guard let part = answer.part(first..<end, of: total) else { return [] }
            parts.append(part)
            first = end
        }
        return parts
    }

    /// Tells who waits what has happened; what may go well elsewhere is tried once more.
    private func tell(_ calls: [WorkerCall], of fault: WorkerFault) {
        switch fault {
        case .ended:
            retry(calls) { $0.answer.fail(.workerEnded, "the model's process ended twice while it answered") }
        case .tooMuchMemory where calls.count > 1:
            retry(calls) { $0.answer.fail(.answerInvalid, tooMuchMemory) }
        case .tooMuchMemory:
            for call in calls { call.answer.fail(.answerInvalid, tooMuchMemory) }
        case .timedOut:
            let description = "the model did not answer within \(limits.requestTime.inWords); its process was ended"
            for call in calls { call.answer.fail(.timedOut, description) }
        case .broken(let what):
            for call in calls { call.answer.fail(.answerInvalid, "the model's process sent \(what); it was ended") }
        case .refused(let error):
            for call in calls { call.answer.give(.failure(error)) }
        case .stopped:
            for call in calls { call.answer.give(.failure(WorkerQueue.stopping)) }
        }
    }

    private var tooMuchMemory: String {
        "the model needed more memory than the \(limits.memoryBytesMax >> 20) MiB it may have; its process was ended"
    }

    /// Puts back what has been tried once; the rest `body` is told of. Predictions change nothing, so they may be asked
    /// again.
    private func retry(_ calls: [WorkerCall], _ body: (WorkerCall) -> Void) {
        for call in calls where call.lostCount > 0 { body(call) }
        let others = calls.filter { $0.lostCount == 0 }
        for call in others { call.noteLoss() }
        queue.putBack(others)
    }
}
