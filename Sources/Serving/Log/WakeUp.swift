import Synchronization

/// A call that wakes one sleeping task, and is not lost when it comes before the sleep.
final class WakeUp: Sendable {
    private enum State {
        case quiet, called
        case sleeping(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    /// Wakes the sleeper, now or when it is about to sleep.
    func call() {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard case .sleeping(let continuation) = state else {
                state = .called
                return nil
            }
            state = .quiet
            return continuation
        }?.resume()
    }

    /// Sleeps until called or cancelled. One task may sleep at a time.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCalled = state.withLock { state in
                    if case .called = state {
                        state = .quiet
                        return true
                    }
                    state = .sleeping(continuation)
                    return false
                }
                if isCalled { continuation.resume() }
            }
        } onCancel: {
            call()
        }
    }

    /// Sleeps until called or cancelled, or until `duration` is over.
    func wait(upTo duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask {
                do {
                    try await Task.sleep(for: duration)
                } catch {
                    // Cancelled: the other one woke up.
                }
            }
            await group.next()
            group.cancelAll()
        }
    }
}
