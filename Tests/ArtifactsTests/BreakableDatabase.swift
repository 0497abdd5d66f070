import Database
import Synchronization

/// A database whose writes fail while a test says so.
final class BreakableDatabase: SQLDatabase {
    private let database: any SQLDatabase
    private let isBroken = Mutex<@Sendable () -> Bool>({ false })

    init(_ database: any SQLDatabase) {
        self.database = database
    }

    /// Writes fail when `isBroken` is true at their beginning.
    func breaks(when isBroken: @escaping @Sendable () -> Bool) {
        self.isBroken.withLock { $0 = isBroken }
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await database.read(body)
    }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        guard !isBroken.withLock({ $0 })() else { throw BrokenDatabase() }
        return try await database.write(body)
    }

    func tryLead(
        _ name: StaticString,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Void
    ) async throws -> Bool {
        try await database.tryLead(name, body)
    }

    func migrate(_ migrations: [Migration]) async throws {
        try await database.migrate(migrations)
    }

    func close() async {
        await database.close()
    }
}

struct BrokenDatabase: Error {}
