import Synchronization

/// A connection that a ``ConnectionPool`` lends out.
protocol PooledConnection: AnyObject, Sendable {
    /// Runs `work` on the connection's own thread, after what it was given before.
    func schedule(_ work: @escaping @Sendable () -> Void)
    /// Closes it, when nothing else is scheduled nor will be.
    func close() async
}

/// A bounded number of connections, each on a thread of its own, lent to one body at a time.
final class ConnectionPool<Connection: PooledConnection>: Sendable {
    typealias Job = @Sendable (Connection) -> Void

    private struct State {
        var line: ConnectionLine<Connection, Job>
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let connections: [Connection]
    private let state: Mutex<State>

    /// A pool of `connections`; at most `queueDepthMax` bodies wait for one, more are refused.
    init(_ connections: [Connection], queueDepthMax: Int) {
        precondition(!connections.isEmpty && queueDepthMax > 0)
        self.connections = connections
        state = Mutex(State(line: ConnectionLine(connections, depthMax: queueDepthMax)))
    }

    /// What `body` answers on a connection, once one is free.
    ///
    /// - Throws: ``DatabaseError`` `.unavailable` when too many wait or the pool is closed, and what `body` throws.
    func run<Value: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let job: Job = { connection in
                let result = Result { try body(connection) }
                continuation.resume(with: result)
            }
            switch state.withLock({ $0.line.admit(job) }) {
            case .runs(let connection): connection.schedule { self.work(on: connection, job) }
            case .waits: break
            case .full: continuation.resume(throwing: DatabaseError(.unavailable, "too many calls are waiting"))
            case .closed: continuation.resume(throwing: DatabaseError.closed)
            }
        }
    }

    /// Closes every connection after what runs and what waits has ended; later bodies are refused.
    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isQuiet = state.withLock { state in
                state.line.close()
                if !state.line.isQuiet { state.closers.append(continuation) }
                return state.line.isQuiet
            }
            if isQuiet { continuation.resume() }
        }
        for connection in connections { await connection.close() }
    }

    /// Runs `first` and then whatever waits, so that a busy connection does not change threads.
    private func work(on connection: Connection, _ first: Job) {
        first(connection)
        while let job = state.withLock({ $0.line.next(on: connection) }) { job(connection) }
        let closers = state.withLock { state in
            guard state.line.isQuiet else { return [CheckedContinuation<Void, Never>]() }
            defer { state.closers = [] }
            return state.closers
        }
        closers.forEach { $0.resume() }
    }
}
