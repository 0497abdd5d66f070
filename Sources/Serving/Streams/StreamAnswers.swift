import EventStream
import Inference
import Kernel

/// Asks a model for the answers to events, each as if it were a request of its own: what is put together, the engine
/// puts together, where the model answers row by row. So no event changes another one's answer, or fails it.
struct StreamAnswers: Sendable {
    /// How often an event is tried by which the model's process ended, or took too long.
    private static let triesMax = 3
    /// How often one is tried for which there was no process or no room: about half a minute.
    private static let waitsMax = 14
    /// The most events that are asked at a time: as many as may wait for a model of Python; others would be turned away.
    private static let atOnceMax = WorkerLimits().waitingMax

    let model: StreamModel
    let executor: InferenceExecutor
    let counters: StreamCounters

    private enum Attempt: Sendable {
        case outcome(StreamOutcome)
        /// The same may succeed.
        case failed(InferenceError)
    }

    /// What comes of each of `events`.
    ///
    /// - Throws: `TEMPORARILY_UNAVAILABLE` and the like when nothing can be answered; `CancellationError`.
    func outcomes(of events: [StreamEvent]) async throws -> [StreamOutcome] {
        var outcomes = [StreamOutcome?](repeating: nil, count: events.count)
        var bodies: [Int: StreamBody] = [:]
        for (index, event) in events.enumerated() {
            do {
                let body = try read(event)
                bodies[index] = body
                guard let answer = try model.loaded.answerAtOnce(body.inputs) else { continue }
                outcomes[index] = try finished(event, body, answer)
            } catch {
                guard case .outcome(let outcome) = try failed(error) else { continue }
                outcomes[index] = outcome
            }
        }
        let waiting = bodies.filter { outcomes[$0.key] == nil }.sorted { $0.key < $1.key }
        for (index, attempt) in try await attempts(waiting, events) {
            if case .outcome(let outcome) = attempt { outcomes[index] = outcome }
        }
        // Those that may pass one after the other, so that the one at fault is found.
        for (index, body) in waiting where outcomes[index] == nil {
            outcomes[index] = try await persist(events[index], body)
        }
        return outcomes.map { outcome in
            guard let outcome else { preconditionFailure("whatever was not refused was tried until it had an outcome") }
            return outcome
        }
    }

    /// One try of each of `waiting`, which are places in `events` with what is asked there.
    private func attempts(_ waiting: [(key: Int, value: StreamBody)], _ events: [StreamEvent]) async throws
        -> [(Int, Attempt)]
    {
        try await withThrowingTaskGroup(of: (Int, Attempt).self) { group in
            for (index, body) in waiting.prefix(Self.atOnceMax) {
                group.addTask { (index, try await attempt(events[index], body)) }
            }
            var left = waiting.dropFirst(Self.atOnceMax).makeIterator()
            var attempts: [(Int, Attempt)] = []
            while let done = try await group.next() {
                attempts.append(done)
                guard let (index, body) = left.next() else { continue }
                group.addTask { (index, try await attempt(events[index], body)) }
            }
            return attempts
        }
    }

    private func attempt(_ event: StreamEvent, _ body: StreamBody) async throws -> Attempt {
        do {
            let answer = try await model.loaded.answer(body.inputs, on: executor)
            return .outcome(try finished(event, body, answer))
        } catch {
            return try failed(error)
        }
    }

    /// What `error` means for the event that it was thrown for; what means nothing for it is thrown on.
    private func failed(_ error: any Error) throws -> Attempt {
        switch error {
        case let error as MartletError: return .outcome(.refused(StreamRefusal(error)))
        case let error as InferenceError where error.mayPass: return .failed(error)
        case let error as InferenceError: return .outcome(.refused(StreamRefusal(MartletError(running: error))))
        default: throw error
        }
    }

    /// The outcome after some tries.
    private func persist(_ event: StreamEvent, _ body: StreamBody) async throws -> StreamOutcome {
        var (tries, waits) = (1, 0)
        var pause = Duration.milliseconds(100)
        while true {
            counters.retried()
            let error: InferenceError
            switch try await attempt(event, body) {
            case .outcome(let outcome): return outcome
            case .failed(let failure): error = failure
            }
            if error.isOfEvent {
                tries += 1
                if tries >= Self.triesMax { return .refused(StreamRefusal(MartletError(running: error))) }
            } else {
                waits += 1
                if waits >= Self.waitsMax { throw MartletError(running: error) }
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(3))
        }
    }

    private func read(_ event: StreamEvent) throws -> StreamBody {
        if let fault = event.fault { throw MartletError(.badRequest, fault) }
        let body = try event.value.withUnsafeBytes { try StreamBody($0, model.loaded) }
        if let fault = model.contract?.fault(in: body.inputs) { throw MartletError(.invalidParameterValue, fault) }
        return body
    }

    private func finished(_ event: StreamEvent, _ body: StreamBody, _ answer: ModelAnswer) throws -> StreamOutcome {
        var answer = answer
        switch model.contract?.verdict(on: answer.outputs, rows: body.inputs.rows) {
        case .clipped(let outputs): answer = answer.with(outputs: outputs)
        case .refused(let fault):
            throw MartletError(.invalidState, "The model's answer breaks the endpoint's contract: \(fault)")
        case .kept, nil: break
        }
        var writer = JSONWriter()
        writer.reply(to: event, body, answer, by: model)
        return .answered(writer.bytes)
    }
}

extension InferenceError {
    /// Whether the same may succeed later.
    fileprivate var mayPass: Bool {
        switch code {
        case .timedOut, .workerEnded, .workerUnavailable, .overloaded, .queueFull, .engineUnavailable: true
        default: false
        }
    }

    /// Whether what was asked may have brought it about.
    fileprivate var isOfEvent: Bool { [.timedOut, .workerEnded].contains(code) }
}
