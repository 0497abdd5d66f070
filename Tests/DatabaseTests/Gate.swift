import Dispatch

/// Holds back a body, on its own thread, or a test, until the other has come to a point.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() {
        semaphore.signal()
    }

    /// Waits on this thread, for at most ten seconds; for bodies.
    func wait() {
        _ = semaphore.wait(timeout: .now() + 10)
    }

    /// Waits without holding a thread of Swift's pool; for tests.
    func opened() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.wait()
                continuation.resume()
            }
        }
    }
}
