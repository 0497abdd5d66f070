import Synchronization

/// Lets one task at a time through, or as many as it has places, in the order in which they came.
package final class Turn: Sendable {
    private struct Waiter {
        let number: UInt64
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var free: Int
        // As many as there are callers at once, which the server bounds.
        var waiting: [Waiter] = []
        var numbers: UInt64 = 0
    }

    private let state: Mutex<State>

    /// A turn of so many `places`.
    package init(places: Int = 1) {
        precondition(places >= 1, "nobody would ever come through")
        state = Mutex(State(free: places))
    }

    /// The tasks that wait.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Runs `body` when its turn comes.
    ///
    /// - Throws: what `body` throws; `CancellationError` when the task is cancelled while it waits. What need not wait is
    ///   run in a cancelled task as well.
    package func take<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        try await wait()
        defer { pass() }
        return try await body()
    }

    private func wait() async throws {
        let number = state.withLock { state in
            state.numbers += 1
            return state.numbers
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                begin(Waiter(number: number, continuation: continuation))
            }
        } onCancel: {
            remove(number)?.continuation.resume(throwing: CancellationError())
        }
    }

    private func begin(_ waiter: Waiter) {
        let outcome = state.withLock { state -> Result<Void, any Error>? in
            if state.free > 0 {
                state.free -= 1
                return .success(())
            }
            // Asked under the lock: a task that is cancelled later finds the waiter.
            if Task.isCancelled { return .failure(CancellationError()) }
            state.waiting.append(waiter)
            return nil
        }
        if let outcome { waiter.continuation.resume(with: outcome) }
    }

    private func remove(_ number: UInt64) -> Waiter? {
        state.withLock { state in
            guard let index = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting.remove(at: index)
        }
    }

    private func pass() {
        state.withLock { state -> Waiter? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }?.continuation.resume()
    }
}
