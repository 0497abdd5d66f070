import NIOPosix

/// The threads on which a store touches its disk.
///
/// Four of NIO's, the store's own: file calls block, so they may run neither on an event loop nor on Swift's
/// cooperative threads, and a stalled disk must not hold up others who use NIO's shared pool. The queue before them
/// is as long as there are requests at work, because each awaits its one operation; the server bounds requests.
final class FileThreads: Sendable {
    private let pool: NIOThreadPool

    init() {
        pool = NIOThreadPool(numberOfThreads: 4)
        pool.start()
    }

    /// Ends the threads once they are idle. Nothing can be waiting: what waits holds a reference.
    deinit {
        pool.shutdownGracefully { _ in }
    }

    /// Runs `body` on one of the threads, to its end even when the task is cancelled: it may be cleaning up.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            pool.submit { state in
                switch state {
                case .active: continuation.resume(with: Result(catching: body))
                case .cancelled: continuation.resume(throwing: CancellationError())
                }
            }
        }
    }

    /// Runs `body` on one of the threads some time; nobody waits for it.
    func submit(_ body: @escaping @Sendable () -> Void) {
        pool.submit { _ in body() }
    }
}
