import Synchronization

/// One request that waits for a worker's answer; it is answered exactly once.
final class WorkerCall: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<WorkerAnswer, any Error>)
        case answered
        case refused(any Error)
    }

    let request: WorkerRequest
    /// When it came.
    let start = ContinuousClock.now
    private let state = Mutex(State.new)
    private let lost = Mutex(0)

    init(_ request: WorkerRequest) {
        self.request = request
    }

    /// How many processes have ended while they answered it. It is asked alone then, so that it harms no other.
    var lostCount: Int { lost.withLock { $0 } }

    /// Whether somebody still waits for the answer.
    var isWanted: Bool {
        state.withLock { state in
            if case .waiting = state { true } else { false }
        }
    }

    /// Notes that a process ended while it answered this.
    func noteLoss() {
        lost.withLock { $0 += 1 }
    }

    /// Notes who waits; false when the call was refused before anyone could, and is answered already.
    func wait(with continuation: CheckedContinuation<WorkerAnswer, any Error>) -> Bool {
        let refusal: (any Error)? = state.withLock { state in
            if case .refused(let error) = state { return error }
            state = .waiting(continuation)
            return nil
        }
        guard let refusal else { return true }
        continuation.resume(throwing: refusal)
        return false
    }

    /// Answers, unless that has been done.
    func finish(_ result: Result<WorkerAnswer, any Error>) {
        let waiting = state.withLock { state -> CheckedContinuation<WorkerAnswer, any Error>? in
            switch state {
            case .waiting(let continuation):
                state = .answered
                return continuation
            case .new:
                if case .failure(let error) = result { state = .refused(error) }
                return nil
            case .answered, .refused:
                return nil
            }
        }
        waiting?.resume(with: result)
    }

    /// Answers with an error, unless it has been answered.
    func fail(_ code: InferenceError.Code, _ description: String) {
        finish(.failure(InferenceError(code, description)))
    }
}
