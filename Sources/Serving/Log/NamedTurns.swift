import Synchronization

/// A turn for each name: who comes under one name waits for those before him, and for nobody else.
package final class NamedTurns: Sendable {
    private struct Entry {
        let turn = Turn()
        var users = 0
    }

    // The names of those who have their turn or wait for it.
    private let entries = Mutex<[String: Entry]>([:])

    /// Turns that nobody has.
    package init() {}

    /// Runs `body` when the turn of `name` comes.
    ///
    /// - Throws: as ``Turn/take(_:)``.
    package func take<Value: Sendable>(
        _ name: String,
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        let turn = entries.withLock { entries in
            var entry = entries[name] ?? Entry()
            entry.users += 1
            entries[name] = entry
            return entry.turn
        }
        defer { leave(name) }
        return try await turn.take(body)
    }

    private func leave(_ name: String) {
        entries.withLock { entries in
            guard var entry = entries[name] else { return }
            entry.users -= 1
            entries[name] = entry.users > 0 ? entry : nil
        }
    }
}
