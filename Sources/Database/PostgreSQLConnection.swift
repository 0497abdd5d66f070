import Dispatch
import Glibc

/// One place in the pool of a ``PostgreSQLDatabase``: a session, opened when first needed and again after it was lost.
///
/// `@unchecked Sendable`: it is handed between threads, but its state is touched on its serial queue alone.
final class PostgreSQLConnection: @unchecked Sendable {
    /// How a transaction begins, and with it what it may see.
    enum Transaction: String {
        /// One unchanging state of the database.
        case read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        /// As if no other ran beside it, as on SQLite.
        case write = "BEGIN ISOLATION LEVEL SERIALIZABLE"
        /// Each statement sees what is committed by then: what the migration before this one did, once it has the lock.
        case migration = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 0"
    }

    private let address: PostgreSQLAddress
    private let statementTimeoutMs: Int
    private let queue = DispatchQueue(label: "martlet.postgresql")
    private var session: PostgreSQLSession?
    /// What the first failed statement of the running transaction failed with.
    private var failure: PostgreSQLSession.Failure?

    init(_ address: PostgreSQLAddress, statementTimeoutMs: Int) {
        self.address = address
        self.statementTimeoutMs = statementTimeoutMs
    }

    /// What `body` answers in a transaction, run again as often as PostgreSQL says that it collided with others.
    ///
    /// - Throws: ``DatabaseError``, and what `body` throws.
    func transact<Value>(_ kind: Transaction, _ body: (any SQLConnection) throws -> Value) throws -> Value {
        let deadline = ContinuousClock.now + collisionsMax
        var attempt = 0
        while true {
            do {
                try start(kind.rawValue)
                let value = try body(self)
                if let failure { throw failure.error }
                try commit()
                return value
            } catch {
                let sqlState = failure?.sqlState
                rollback()
                attempt += 1
                guard let sqlState, isWorthAnotherTry(sqlState, attempt, deadline) else { throw error }
                pause(after: attempt)
            }
        }
    }

    /// Runs `body` as a write if no other session holds the lock `name` of this schema; says whether it did.
    ///
    /// The lock is the session's and taken before the transaction begins: one taken inside would come after the
    /// transaction's snapshot, which then could lack what the leader before committed.
    func lead(_ name: String, _ body: (any SQLConnection) throws -> Void) throws -> Bool {
        let key = try lockKey(name)
        failure = nil
        let isLeader = try query("SELECT pg_try_advisory_lock($1)", [.integer(key)]) { try $0.flag(0) }
        guard isLeader == [true] else { return false }
        defer {
            failure = nil
            do {
                try execute("SELECT pg_advisory_unlock($1)", [.integer(key)])
            } catch {
                // The server lets go of the lock with the session.
                session = nil
            }
        }
        try transact(.write, body)
        return true
    }

    /// Takes the lock `name` of this schema until the session ends, alone or with others that share it; says whether it
    /// did.
    func hold(_ name: String, isShared: Bool) throws -> Bool {
        let key = try lockKey(name)
        let text: SQLText = isShared ? "SELECT pg_try_advisory_lock_shared($1)" : "SELECT pg_try_advisory_lock($1)"
        return try query(text, [.integer(key)]) { try $0.flag(0) } == [true]
    }

    /// Runs `body` in a transaction beside which no other migration of this schema runs.
    func migrate(_ body: (any SQLConnection) throws -> Void) throws {
        let key = try lockKey("schema_migrations")
        try transact(.migration) { connection in
            try connection.execute("SELECT pg_advisory_xact_lock($1)", [.integer(key)])
            try body(connection)
        }
    }

    // MARK: Transactions

    /// Runs the first text of a piece of work, on a new session if the old one turns out to be gone: nothing is lost
    /// with it yet.
    private func start(_ text: String) throws {
        failure = nil
        do {
            try connected().execute(text)
        } catch let lost as PostgreSQLSession.Failure where !connectionHolds(after: lost) {
            session = nil
            do {
                try connected().execute(text)
            } catch let failure as PostgreSQLSession.Failure {
                throw failure.error
            }
        } catch let failure as PostgreSQLSession.Failure {
            throw failure.error
        }
    }

    private func commit() throws {
        do {
            // A transaction that a statement has aborted is "committed" by rolling it back, which only the tag tells.
            let command = try connected().execute("COMMIT")
            guard command == "COMMIT" else { throw DatabaseError(.failed, "the transaction was rolled back") }
        } catch let failed as PostgreSQLSession.Failure {
            failure = failed
            guard connectionHolds(after: failed) else {
                throw DatabaseError(.unavailable, "the connection was lost during a commit, which may have taken place")
            }
            throw failed.error
        }
    }

    private func rollback() {
        guard let session else { return }
        guard session.isAlive else {
            self.session = nil
            return
        }
        do {
            try session.execute("ROLLBACK")
            if let failure, statesOfStaleStatements.contains(failure.sqlState) { try session.forgetPrepared() }
        } catch {
            self.session = nil
        }
    }

    private func connected() throws(DatabaseError) -> PostgreSQLSession {
        if let session { return session }
        let session = try PostgreSQLSession(address, statementTimeoutMs: statementTimeoutMs)
        self.session = session
        return session
    }

    /// Whether the session is still good after `failure`: libpq notices some ends only with the next call.
    private func connectionHolds(after failure: PostgreSQLSession.Failure) -> Bool {
        session?.isAlive == true && !failure.sqlState.hasPrefix("57P") && !failure.sqlState.hasPrefix("08")
    }

    private func isWorthAnotherTry(_ sqlState: String, _ attempt: Int, _ deadline: ContinuousClock.Instant) -> Bool {
        if statesOfCollision.contains(sqlState) { return ContinuousClock.now < deadline }
        return statesOfStaleStatements.contains(sqlState) && attempt < staleAttemptsMax
    }

    /// Waits on the connection's thread, longer from try to try, by chance differently from others that collided.
    private func pause(after attempt: Int) {
        let limitUs = min(100_000, 500 << min(attempt, 10))
        usleep(UInt32.random(in: 0...UInt32(limitUs)))
    }

    /// A number for `name` in this schema, by which sessions of all servers know the same lock: 64-bit FNV-1a.
    private func lockKey(_ name: String) throws -> Int64 {
        try start("SELECT 1")
        let hash = "martlet/\(session?.schema ?? "")/\(name)".utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return Int64(bitPattern: hash)
    }
}

extension PostgreSQLConnection: SQLConnection {
    @discardableResult
    func execute(_ sql: SQLText, _ parameters: [SQLValue]) throws -> Int {
        try noting { session in try session.run(sql, parameters).changedCount }
    }

    func executeBatch(_ sql: SQLText, _ rows: [[SQLValue]]) throws {
        try noting { session in try session.runBatch(sql, rows) }
    }

    func preferIndexes(inOrder: Bool) throws {
        _ = try noting { session in
            try session.execute(
                """
                SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off;
                SET LOCAL enable_sort = \(inOrder ? "off" : "on");
                SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
                SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL plan_cache_mode = force_custom_plan
                """
            )
        }
    }

    func forEachRow(
        _ sql: SQLText,
        _ parameters: [SQLValue],
        _ body: (borrowing SQLRow) throws -> Void
    ) throws {
        try noting { session in try session.run(sql, parameters).forEachRow(body) }
    }

    /// Runs `work` on the session of this transaction, unless a statement failed before it.
    private func noting<Value>(_ work: (PostgreSQLSession) throws -> Value) throws -> Value {
        if let failure { throw failure.error }
        // A session opened now would not be inside the transaction.
        guard let session else { throw DatabaseError.closed }
        do {
            return try work(session)
        } catch let failed as PostgreSQLSession.Failure {
            failure = failed
            throw failed.error
        } catch let error as DatabaseError {
            failure = PostgreSQLSession.Failure(sqlState: "22000", error: error)
            throw error
        }
    }
}

extension PostgreSQLConnection: PooledConnection {
    func schedule(_ work: @escaping @Sendable () -> Void) {
        queue.async(execute: work)
    }

    func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.session = nil
                continuation.resume()
            }
        }
    }
}

/// Serialization failure and deadlock: the same body goes through when it is run again.
private let statesOfCollision: Set<String> = ["40001", "40P01"]
/// A prepared statement whose result type a migration changed, or that the server has forgotten.
private let statesOfStaleStatements: Set<String> = ["0A000", "26000"]
/// How long a body is run again after collisions. On a busy machine many that want one row need seconds in all, and
/// each round lets one of them through.
private let collisionsMax = Duration.seconds(10)
/// Each attempt finds one stale statement, which is prepared anew for the next.
private let staleAttemptsMax = 50
