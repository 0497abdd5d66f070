import Glibc

/// A database that belongs to another program: it is read, and nothing of it is changed.
package final class DatabaseReader: Sendable {
    /// What kind of database it is; only what one says of its own tables differs.
    package enum Kind: Sendable {
        case sqlite
        case postgresql
    }

    private enum Engine {
        case sqlite(ConnectionPool<SQLiteConnection>)
        case postgresql(PostgreSQLDatabase)
    }

    /// How long a statement may take on PostgreSQL: reading a page may mean sorting what another program's indices
    /// don't.
    private static let statementTimeoutMs = 600_000

    /// What kind of database it is.
    package let kind: Kind
    private let engine: Engine

    /// Opens the database at `uri`, spelled as for ``DatabaseLocation/open(_:)``; a file must be there already.
    ///
    /// - Throws: ``DatabaseError`` for a URI of another form, and when an SQLite file can't be read or is none.
    ///   PostgreSQL is connected to when first read.
    package init(_ uri: String) throws(DatabaseError) {
        guard DatabaseLocation.isSQLite(uri) else {
            let configuration = PostgreSQLDatabase.Configuration(
                connections: 2,
                statementTimeoutMs: Self.statementTimeoutMs
            )
            engine = .postgresql(try DatabaseLocation.postgreSQL(uri, configuration))
            kind = .postgresql
            return
        }
        let path = try DatabaseLocation.sqlitePath(uri)
        guard access(path, R_OK) == 0 else {
            throw DatabaseError(.unavailable, "\(path) can't be read: \(String(cString: strerror(errno)))")
        }
        let connection = try SQLiteConnection(path: path, isReadOnly: true, busyTimeoutMs: 5000)
        engine = .sqlite(ConnectionPool([connection], queueDepthMax: 16))
        kind = .sqlite
    }

    /// What `body` reads from one unchanging state of the database.
    ///
    /// - Throws: ``DatabaseError``, and what `body` throws.
    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        switch engine {
        case .sqlite(let pool): try await pool.read(body)
        case .postgresql(let database): try await database.read(body)
        }
    }

    /// Closes it after what is in flight has ended.
    package func close() async {
        switch engine {
        case .sqlite(let pool): await pool.close()
        case .postgresql(let database): await database.close()
        }
    }
}
