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
        var failed: [Int] = []
        try await withThrowingTaskGroup(of: (Int, Attempt).self) { group in
            for (index, event) in events.enumerated() {
                if let outcome = atOnce(event) {
                    outcomes[index] = outcome
                } else {
                    group.addTask { (index, try await attempt(event)) }
                }
            }
            for try await (index, attempt) in group {
                switch attempt {
                case .outcome(let outcome): outcomes[index] = outcome
                case .failed: failed.append(index)
                }
            }
        }
        // One after the other, so that the one at fault is found.
        for index in failed.sorted() { outcomes[index] = try await persist(events[index]) }
        return outcomes.compactMap { $0 }
    }

    /// The outcome where it is known without waiting.
    private func atOnce(_ event: StreamEvent) -> StreamOutcome? {
        do {
            let body = try read(event)
            return try model.loaded.answerAtOnce(body.inputs).map { try finished(event, body, $0) }
        } catch let error as MartletError {
            return .refused(StreamRefusal(error))
        } catch {
            return nil
        }
    }

    private func attempt(_ event: StreamEvent) async throws -> Attempt {
        do {
            let body = try read(event)
            let answer = try await model.loaded.answer(body.inputs, on: executor)
            return .outcome(try finished(event, body, answer))
        } catch let error as MartletError {
            return .outcome(.refused(StreamRefusal(error)))
        } catch let error as InferenceError {
            guard error.mayPass else { return .outcome(.refused(StreamRefusal(MartletError(running: error)))) }
            return .failed(error)
        }
    }

    /// The outcome after some tries.
    private func persist(_ event: StreamEvent) async throws -> StreamOutcome {
        var (tries, waits) = (1, 0)
        var pause = Duration.milliseconds(100)
        while true {
            counters.retried()
            let error: InferenceError
            switch try await attempt(event) {
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
        let body: StreamBody
        do {
            body = try event.value.withUnsafeBytes { try StreamBody($0, model.loaded) }
        } catch let error as InferenceError {
            throw MartletError(running: error)
        }
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
