import ArgumentParser
import UnixSignals

/// Work that SIGINT and SIGTERM call off, so that it ends where it can be gone on with.
enum Interruption {
    private enum Ending<Value: Sendable>: Sendable {
        case done(Value)
        case signal(UnixSignal)
    }

    /// What `work` gives.
    ///
    /// - Throws: what `work` throws; an exit code of 128 and the signal's number when there was one.
    static func guarding<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Ending<Value>.self) { group in
            group.addTask { .done(try await work()) }
            group.addTask {
                for await signal in signals { return .signal(signal) }
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            switch first {
            case .done(let value): return value
            case .signal(let signal):
                group.cancelAll()
                // Until what was begun has ended, nothing says that it can be gone on with.
                while await group.nextResult() != nil {}
                Terminal.note("Stopped. The same command goes on.\n")
                throw ExitCode(128 + signal.rawValue)
            }
        }
    }
}
