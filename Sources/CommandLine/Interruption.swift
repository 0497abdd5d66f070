import ArgumentParser
import UnixSignals

/// Work that SIGINT and SIGTERM call off, so that it ends where it can be gone on with.
enum Interruption {
    private enum Ending<Value: Sendable>: Sendable {
        case done(Value)
        case signal(UnixSignal)
    }

    /// What `work` gives; a signal cancels it, and it is waited for. `sentence` is then told in `form`.
    ///
    /// - Throws: what `work` throws; an exit code of 128 and the signal's number when there was one.
    static func guarding<Value: Sendable>(
        _ form: MeterForm,
        saying sentence: String = "Stopped. The same command goes on.",
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await guarding(form, saying: sentence, work) {
            for await signal in signals { return signal }
            return nil
        }
    }

    /// What `work` gives, unless `next` gives a signal before.
    static func guarding<Value: Sendable>(
        _ form: MeterForm,
        saying sentence: String,
        _ work: @escaping @Sendable () async throws -> Value,
        until next: @escaping @Sendable () async -> UnixSignal?
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Ending<Value>.self) { group in
            group.addTask { .done(try await work()) }
            group.addTask {
                guard let signal = await next() else { throw CancellationError() }
                return .signal(signal)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            switch first {
            case .done(let value): return value
            case .signal(let signal):
                group.cancelAll()
                // Until what was begun has ended, nothing says that it can be gone on with; and it may have been done just
                // before it was called off.
                while let ended = await group.nextResult() {
                    if case .success(.done(let value)) = ended { return value }
                }
                form.note(sentence)
                throw ExitCode(128 + signal.rawValue)
            }
        }
    }
}
