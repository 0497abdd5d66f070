import Dispatch
import GRDB
import GRDBSQLite

/// One connection to an SQLite file, with its compiled statements.
///
/// `@unchecked Sendable`: it is handed between threads, but every call except `init` happens on the serial queue of
/// `queue`, which runs one body at a time.
final class SQLiteConnection: SQLConnection, @unchecked Sendable {
    /// GRDB's handle: opens, configures and closes the connection, and is its thread.
    fileprivate let queue: DatabaseQueue
    private let database: GRDB.Database
    fileprivate var statements: [SQLText: SQLiteStatement] = [:]
    /// What the first failed statement of the running transaction failed with.
    private var failure: DatabaseError?
    /// The pages in the write-ahead log after the last commit.
    private(set) var walPageCount = 0 {
        // A commit adds pages, so that no more than before means that SQLite has started the log over.
        didSet { if walPageCount <= oldValue { checkpointedPageCount = 0 } }
    }
    /// The pages that the log had at the last checkpoint; none once SQLite has started it over.
    private var checkpointedPageCount = 0

    /// The pages that the log has gained since the last checkpoint.
    var newWalPageCount: Int { walPageCount - checkpointedPageCount }

    /// Opens the file at `path`, made when missing unless `isReadOnly`.
    ///
    /// - Throws: ``DatabaseError`` that names the path and what is wrong with it.
    init(path: String, isReadOnly: Bool, busyTimeoutMs: Int32) throws(DatabaseError) {
        var configuration = GRDB.Configuration()
        configuration.readonly = isReadOnly
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { database in
            sqlite3_busy_timeout(database.sqliteConnection, busyTimeoutMs)
            try Self.prepare(database, isReadOnly: isReadOnly)
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            database = queue.inDatabase { $0 }
        } catch let error as GRDB.DatabaseError {
            throw DatabaseError(DatabaseError(error), opening: path)
        } catch {
            throw DatabaseError(.failed, "\(path) can't be opened: \(error)")
        }
        if !isReadOnly { countPagesOnCommit() }
    }

    private static func prepare(_ database: GRDB.Database, isReadOnly: Bool) throws {
        let handle = database.sqliteConnection
        // The byte order that PostgreSQL calls "C", which is SQLite's own BINARY under a name that both know.
        sqlite3_create_collation_v2(
            handle,
            "C",
            SQLITE_UTF8,
            nil,
            { _, leftCount, left, rightCount, right in
                compareBytes(left, Int(leftCount), right, Int(rightCount))
            },
            nil
        )
        try database.execute(sql: "PRAGMA case_sensitive_like = ON")
        try database.execute(sql: "PRAGMA temp_store = MEMORY")
        try database.execute(sql: "PRAGMA cache_size = -16000")
        guard !isReadOnly else { return }
        _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
        try database.execute(sql: "PRAGMA synchronous = FULL")
    }

    // MARK: Transactions

    /// Whether a transaction is open; SQLite ends one by itself after some errors.
    var isInTransaction: Bool { sqlite3_get_autocommit(database.sqliteConnection) == 0 }

    /// Runs a statement of transaction control, with the transaction's failure forgotten.
    func control(_ sql: SQLText) throws(DatabaseError) {
        failure = nil
        try statement(sql).run([])
    }

    /// What `body` answers.
    ///
    /// - Throws: what it throws; the first failed statement's error if the body swallowed that.
    func run<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        let value = try body(self)
        if let failure { throw failure }
        return value
    }

    /// Ends the transaction without its changes, if one is open.
    ///
    /// - Throws: ``DatabaseError`` when SQLite can't even do that.
    func rollback() throws(DatabaseError) {
        if isInTransaction { try control("ROLLBACK") }
    }

    // MARK: SQLConnection

    @discardableResult
    func execute(_ sql: SQLText, _ parameters: [SQLValue]) throws -> Int {
        try noting {
            let before = sqlite3_total_changes(database.sqliteConnection)
            try statement(sql).run(parameters)
            // `sqlite3_changes` keeps the last count through statements that change no rows.
            let changed = sqlite3_total_changes(database.sqliteConnection) != before
            return changed ? Int(sqlite3_changes(database.sqliteConnection)) : 0
        }
    }

    func executeBatch(_ sql: SQLText, _ rows: [[SQLValue]]) throws {
        try noting {
            let statement = try statement(sql)
            for row in rows { try statement.run(row) }
        }
    }

    func preferIndexes(inOrder: Bool) {}

    func forEachRow(
        _ sql: SQLText,
        _ parameters: [SQLValue],
        _ body: (borrowing SQLRow) throws -> Void
    ) throws {
        try noting { try statement(sql).run(parameters, body) }
    }

    /// Runs `work` unless a statement failed before it in this transaction: as on PostgreSQL, that ends it.
    private func noting<Value>(_ work: () throws -> Value) throws -> Value {
        if let failure { throw failure }
        do {
            return try work()
        } catch let error as DatabaseError {
            failure = error
            throw error
        }
    }

    private func statement(_ sql: SQLText) throws(DatabaseError) -> SQLiteStatement {
        if let statement = statements[sql] { return statement }
        let statement: SQLiteStatement
        do {
            statement = try SQLiteStatement(database.makeStatement(sql: sql.text))
        } catch let error as GRDB.DatabaseError {
            throw DatabaseError(error)
        } catch let error as DatabaseError {
            throw error
        } catch {
            throw DatabaseError(.failed, "\(error)")
        }
        // Texts come from the source, yet those with a variable number of parameters are many.
        if statements.count >= statementCountMax { statements.removeAll() }
        statements[sql] = statement
        return statement
    }

    // MARK: The file

    /// Copies what is in the write-ahead log into the database file, as far as no reader holds it back.
    ///
    /// - Throws: ``DatabaseError``.
    func checkpoint(_ mode: GRDB.Database.CheckpointMode) throws(DatabaseError) {
        guard database.sqliteConnection != nil else { throw .closed }
        do {
            checkpointedPageCount = walPageCount
            try database.checkpoint(mode)
        } catch let error as GRDB.DatabaseError {
            throw DatabaseError(error)
        } catch {
            throw DatabaseError(.failed, "\(error)")
        }
    }

    /// Counts the log's pages, in place of SQLite's own hook, which would checkpoint inside the commit.
    private func countPagesOnCommit() {
        sqlite3_wal_hook(
            database.sqliteConnection,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue().walPageCount = Int(pages)
                return SQLITE_OK
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }
}

extension SQLiteConnection: PooledConnection {
    func schedule(_ work: @escaping @Sendable () -> Void) {
        queue.asyncWriteWithoutTransaction { _ in work() }
    }

    func close() async {
        await withCheckedContinuation { continuation in
            schedule {
                // SQLite does not close while there are compiled statements.
                self.statements.removeAll()
                DispatchQueue.global().async {
                    // What could fail is a statement left, and there is none.
                    _ = Result { try self.queue.close() }
                    continuation.resume()
                }
            }
        }
    }
}

/// Compiled statements kept on a connection; more are compiled anew.
private let statementCountMax = 1000
