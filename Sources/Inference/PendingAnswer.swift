import Synchronization

/// The answer that one caller waits for: given once, by whoever comes first.
final class PendingAnswer<Value: Sendable>: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<Value, any Error>)
        case refused(any Error)
        case given
    }

    private let state = Mutex(State.new)

    /// Whether the caller still waits.
    var isWanted: Bool {
        state.withLock { state in
            if case .waiting = state { true } else { false }
        }
    }

    /// Calls `begin` once the caller waits, and waits; `begin` sees to it that ``give(_:)`` is called.
    ///
    /// - Throws: what is given; `CancellationError`.
    func value(_ begin: () -> Void) async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if wait(with: continuation) { begin() }
            }
        } onCancel: {
            give(.failure(CancellationError()))
        }
    }

    /// Notes who waits; false when the caller was cancelled before, and has its answer.
    private func wait(with continuation: CheckedContinuation<Value, any Error>) -> Bool {
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
    func give(_ result: Result<Value, any Error>) {
        let refusal: (any Error)? = if case .failure(let error) = result { error } else { nil }
        take(refusal: refusal)?.resume(with: result)
    }

    /// Answers with what `body` returns or throws, unless that has been done; once it has begun nobody else can answer.
    func give(resultOf body: () throws -> Value) {
        guard let continuation = take(refusal: nil) else { return }
        continuation.resume(with: Result { try body() })
    }

    /// Answers with an error, unless it has been answered.
    func fail(_ code: InferenceError.Code, _ description: String) {
        give(.failure(InferenceError(code, description)))
    }

    /// Who waits, for the one that answers; nobody who is not waiting yet can be told but of a refusal.
    private func take(refusal: (any Error)?) -> CheckedContinuation<Value, any Error>? {
        state.withLock { state in
            switch state {
            case .waiting(let continuation):
                state = .given
                return continuation
            case .new:
                if let refusal { state = .refused(refusal) }
                return nil
            case .refused, .given:
                return nil
            }
        }
    }
}
