package import Database
import Synchronization

/// A database whose writes fail while a test says so.
package final class BreakableDatabase: SQLDatabase {
    private let database: any SQLDatabase
    private let isBroken = Mutex<@Sendable () -> Bool>({ false })

    /// `database`, whole as long as nothing else is said.
    package init(_ database: any SQLDatabase) {
        self.database = database
    }

    /// Writes fail when `isBroken` is true at their beginning.
    package func breaks(when isBroken: @escaping @Sendable () -> Bool) {
        self.isBroken.withLock { $0 = isBroken }
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await database.read(body)
    }

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        guard !isBroken.withLock({ $0 })() else { throw BrokenDatabase() }
        return try await database.write(body)
    }

    package func tryLead(
        _ name: StaticString,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Void
    ) async throws -> Bool {
        try await database.tryLead(name, body)
    }

    package func migrate(_ migrations: [Migration]) async throws {
        try await database.migrate(migrations)
    }

    package func close() async {
        await database.close()
    }
}

/// What a broken database throws.
package struct BrokenDatabase: Error {
    package init() {}
}
