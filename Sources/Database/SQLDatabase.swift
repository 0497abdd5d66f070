/// A relational database: SQLite or PostgreSQL.
///
/// A body is synchronous and *is* the transaction: nothing can be awaited inside it, so no lock is held across a
/// suspension. Bodies run on the engine's own threads, never on the caller's.
package protocol SQLDatabase: Sendable {
    /// What `body` reads from one unchanging state of the database.
    ///
    /// - Throws: ``DatabaseError``, and what `body` throws.
    func read<Result: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Result) async throws -> Result

    /// What `body` answers after its changes are on the disk, all of them; when it throws, none is made.
    ///
    /// Bodies have the effect of running one after another, on both engines. Concurrent writes may share one commit.
    /// A body must touch nothing but the connection: on PostgreSQL it may run again after a serialization failure.
    /// - Throws: ``DatabaseError``, and what `body` throws. After `.unavailable` for a connection lost while it
    ///   committed the changes may be there or not.
    func write<Result: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Result) async throws
        -> Result

    /// Runs `body` as a write unless another server is running one under the same `name` in this database.
    ///
    /// For background work that one server at a time shall do. On SQLite, whose file has one server, it always runs.
    /// - Returns: whether `body` ran. - Throws: as ``write(_:)``.
    func tryLead(_ name: StaticString, _ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws
        -> Bool

    /// Applies the migrations that have not been applied yet, in their order, each in a transaction of its own.
    ///
    /// Safe to call from several servers at once. Rooms may be given apart or together: the rules hold per room.
    /// - Throws: ``DatabaseError`` with the failing migration's name; the migration leaves nothing behind. Also when
    ///   the database has a migration of the same room that is not among `migrations`, or is past one that is.
    func migrate(_ migrations: [Migration]) async throws

    /// Closes every connection after what is in flight has ended; later calls throw `.unavailable`.
    func close() async
}

/// A connection inside a transaction, good until the body that it was handed to returns.
///
/// After a statement has failed the transaction is lost: every later statement throws the same error, and so does the
/// read or write, even if the body caught it. Where a conflict is expected, say `ON CONFLICT`.
package protocol SQLConnection {
    /// Runs a statement that gives no rows; answers how many rows it changed.
    ///
    /// - Throws: ``DatabaseError``.
    @discardableResult
    func execute(_ sql: SQLText, _ parameters: [SQLValue]) throws -> Int

    /// Runs one statement once for each of `rows`, prepared once, sent together where the engine can.
    ///
    /// - Throws: ``DatabaseError`` of the first that fails.
    func executeBatch(_ sql: SQLText, _ rows: [[SQLValue]]) throws

    /// Has the statements that follow in this transaction go through indexes wherever they can; when `inOrder`, through
    /// those that are in the order that is asked for, rather than sort.
    ///
    /// For a caller that has counted and knows that a walk along an index ends soon. SQLite goes so by itself;
    /// PostgreSQL, which guesses from statistics of single columns, would often read and sort whole tables instead.
    /// - Throws: ``DatabaseError``.
    func preferIndexes(inOrder: Bool) throws

    /// Hands the rows of a query to `body`, each as it arrives.
    ///
    /// - Throws: ``DatabaseError``, and what `body` throws.
    func forEachRow(
        _ sql: SQLText,
        _ parameters: [SQLValue],
        _ body: (borrowing SQLRow) throws -> Void
    ) throws
}

extension SQLConnection {
    /// Runs a statement without parameters.
    ///
    /// - Throws: ``DatabaseError``.
    @discardableResult
    package func execute(_ sql: SQLText) throws -> Int {
        try execute(sql, [])
    }

    /// The rows of a query, each turned into a value as it arrives.
    ///
    /// - Throws: ``DatabaseError``, and what `transform` throws.
    package func query<Value>(
        _ sql: SQLText,
        _ parameters: [SQLValue],
        _ transform: (borrowing SQLRow) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        try forEachRow(sql, parameters) { row in values.append(try transform(row)) }
        return values
    }

    /// The first row of a query, turned into a value; nil when there is none.
    ///
    /// - Throws: ``DatabaseError``, and what `transform` throws.
    package func first<Value>(
        _ sql: SQLText,
        _ parameters: [SQLValue] = [],
        _ transform: (borrowing SQLRow) throws -> Value
    ) throws -> Value? {
        try query(sql, parameters, transform).first
    }
}

/// One step of a schema's history: forward only, never edited after a release.
package struct Migration: Sendable {
    /// Its name, unique over all rooms: `V001_create_experiments`, prefixed by the room in the table of what is applied.
    package let name: String
    /// Its statements, run in one transaction. `{clustered}` after a table's closing parenthesis stands for
    /// `WITHOUT ROWID` on SQLite and for nothing on PostgreSQL.
    package let statements: [SQLText]

    /// The step `name` that runs `statements`.
    package init(_ name: String, _ statements: [SQLText]) {
        self.name = name
        self.statements = statements
    }
}
