import ServiceLifecycle
import Synchronization

/// Holds back what waits for a port until connections are taken there.
final class Gate: Sendable {
    private let (opening, opener) = AsyncStream.makeStream(of: Void.self)
    private let taken = Mutex<Int?>(nil)

    /// The port, once it is open.
    var port: Int? { taken.withLock { $0 } }

    /// Lets through who waits.
    func open(port: Int) {
        taken.withLock { $0 = port }
        opener.finish()
    }

    /// Waits until the port is open, or the task is cancelled. One caller waits.
    func wait() async {
        for await _ in opening {}
    }
}

/// A service that starts once a gate is open, so that who finds it running finds the other one too.
struct GatedService: Service {
    let gate: Gate
    let service: any Service

    func run() async throws {
        _ = await cancelWhenGracefulShutdown { await gate.wait() }
        // One that is stopped before has nothing to stop.
        guard gate.port != nil else { return }
        try await service.run()
    }
}
