/// A database on a PostgreSQL server, version 15 or later.
///
/// Writes are SERIALIZABLE, so that a body written for SQLite's one writer holds here, too: where two collide
/// PostgreSQL refuses one, and it is run again, for up to 10 seconds. Reads are REPEATABLE READ, READ ONLY.
package final class PostgreSQLDatabase: SQLDatabase {
    /// How many connections there are, and how much may wait for them and how long.
    package struct Configuration: Sendable {
        /// Connections, each with a thread of its own, opened when first needed.
        package var connections: Int
        /// Reads and writes that may wait for a connection; more are refused with `.unavailable`.
        package var queueDepthMax: Int
        /// After how many milliseconds the server ends a statement; migrations take as long as they take.
        package var statementTimeoutMs: Int

        /// Sixteen connections, 4,096 waiting, 30 seconds for a statement.
        package init(connections: Int = 16, queueDepthMax: Int = 4096, statementTimeoutMs: Int = 30_000) {
            self.connections = connections
            self.queueDepthMax = queueDepthMax
            self.statementTimeoutMs = statementTimeoutMs
        }
    }

    private let pool: ConnectionPool<PostgreSQLConnection>

    /// The database at `url`: `postgresql://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE`, with libpq's options.
    ///
    /// Connects when first used, so a server that is not up yet is `.unavailable` then. `connect_timeout` is 10 seconds
    /// unless the URL has another.
    /// - Throws: ``DatabaseError`` `.failed` for a URL of another form; it does not repeat the URL.
    package init(url: String, configuration: Configuration = Configuration()) throws(DatabaseError) {
        let address = try PostgreSQLAddress(url: url)
        let connections = (0..<max(1, configuration.connections)).map { _ in
            PostgreSQLConnection(address, statementTimeoutMs: configuration.statementTimeoutMs)
        }
        pool = ConnectionPool(connections, queueDepthMax: configuration.queueDepthMax)
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await pool.run { try $0.transact(.read, body) }
    }

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await pool.run { try $0.transact(.write, body) }
    }

    package func tryLead(
        _ name: StaticString,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Void
    ) async throws -> Bool {
        try await pool.run { try $0.lead(name.description, body) }
    }

    /// Takes the lock `name` of this schema until the database is closed; says whether it did. It is one session's, so
    /// only a database of one connection can tell what it holds.
    func hold(_ name: String, isShared: Bool) async throws -> Bool {
        try await pool.run { try $0.hold(name, isShared: isShared) }
    }

    package func migrate(_ migrations: [Migration]) async throws {
        let migrator = Migrator(clustered: "") { body in
            try await self.pool.run { try $0.migrate(body) }
        }
        try await migrator.apply(migrations)
    }

    package func close() async {
        await pool.close()
    }
}
