import CLibPQ

/// One session with a PostgreSQL server: libpq's PGconn with its prepared statements, closed with the object's end.
///
/// Not `Sendable`: its ``PostgreSQLConnection`` uses it on one thread.
final class PostgreSQLSession {
    /// What a statement failed with, beside what is said about it.
    struct Failure: Error {
        let sqlState: String
        let error: DatabaseError
    }

    private struct Prepared {
        let name: String
        let types: [UInt32]
    }

    private let handle: OpaquePointer?
    private let address: PostgreSQLAddress
    private var prepared: [SQLText: [Prepared]] = [:]
    private var preparedCount = 0
    /// The schema in which unqualified names are made.
    private(set) var schema = ""

    /// Connects; blocks until it has or `connect_timeout` is over.
    ///
    /// - Throws: ``DatabaseError`` `.unavailable`.
    init(_ address: PostgreSQLAddress, statementTimeoutMs: Int) throws(DatabaseError) {
        self.address = address
        handle = withCStrings(address.keywords) { keywords in
            withCStrings(address.values) { PQconnectdbParams(keywords, $0, 0) }
        }
        guard PQstatus(handle) == CONNECTION_OK else {
            let reason = address.redacted(String(cString: PQerrorMessage(handle)))
            throw DatabaseError(.unavailable, "no connection to PostgreSQL: \(reason.prefix { $0 != "\n" })")
        }
        // By default libpq writes what the server has to remark on standard error.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        do throws(Failure) {
            try execute(
                """
                SET statement_timeout = \(statementTimeoutMs); SET client_min_messages = warning;
                SET bytea_output = hex; SET extra_float_digits = 1; SET standard_conforming_strings = on;
                SET jit = off
                """
            )
            try run("SELECT coalesce(current_schema(), '')", []).forEachRow { row in
                if case .text(let name)? = row.values.first { schema = name }
            }
        } catch {
            throw error.error
        }
    }

    deinit { PQfinish(handle) }

    /// Whether the server is still there, as far as the last answer told.
    var isAlive: Bool { PQstatus(handle) == CONNECTION_OK }

    /// Runs a text without parameters: transaction control and settings. Answers what was done: `COMMIT`.
    @discardableResult
    func execute(_ text: String) throws(Failure) -> String {
        let result = PostgreSQLResult(PQexec(handle, text))
        guard result.isSuccess else { throw failure(result.sqlState, result.message, text) }
        return result.command
    }

    /// Runs a statement.
    @discardableResult
    func run(_ sql: SQLText, _ values: [SQLValue]) throws(Failure) -> PostgreSQLResult {
        try makeRoom()
        let parameters = try parameters(values, sql)
        let name = try prepare(sql, parameters.types)
        let result = PostgreSQLResult(
            parameters.withArrays { PQexecPrepared(handle, name, $0, $1, $2, $3, 0) }
        )
        guard result.isSuccess else { throw failure(result.sqlState, result.message, sql.text) }
        return result
    }

    /// Runs a statement once for each of `rows`, in pipelines: one wait for the server for many rows.
    func runBatch(_ sql: SQLText, _ rows: [[SQLValue]]) throws(Failure) {
        var rest = rows[...]
        while !rest.isEmpty {
            try runPipeline(sql, rest.prefix(pipelineDepthMax))
            rest = rest.dropFirst(pipelineDepthMax)
        }
    }

    private func runPipeline(_ sql: SQLText, _ rows: ArraySlice<[SQLValue]>) throws(Failure) {
        try makeRoom()
        var batch: [(String, PostgreSQLParameters)] = []
        for row in rows {
            let parameters = try parameters(row, sql)
            batch.append((try prepare(sql, parameters.types), parameters))
        }
        guard PQenterPipelineMode(handle) == 1 else { throw failure("", nil, sql.text) }
        defer { PQexitPipelineMode(handle) }
        for (name, parameters) in batch {
            let sent = parameters.withArrays { PQsendQueryPrepared(handle, name, $0, $1, $2, $3, 0) }
            guard sent == 1 else { throw failure("", nil, sql.text) }
        }
        guard PQpipelineSync(handle) == 1 else { throw failure("", nil, sql.text) }
        var first: Failure?
        var isSynchronized = false
        while !isSynchronized {
            // Each statement's results end with a nil; after a broken connection nothing else comes.
            guard let next = PQgetResult(handle) else {
                guard isAlive else { throw first ?? failure("", nil, sql.text) }
                continue
            }
            let result = PostgreSQLResult(next)
            if result.status == PGRES_PIPELINE_SYNC {
                isSynchronized = true
            } else if result.status == PGRES_FATAL_ERROR, first == nil {
                first = failure(result.sqlState, result.message, sql.text)
            }
        }
        if let first { throw first }
    }

    /// Forgets the prepared statements, here and there, after the server said that they no longer hold.
    func forgetPrepared() throws(Failure) {
        prepared.removeAll()
        preparedCount = 0
        try execute("DEALLOCATE ALL")
    }

    private func makeRoom() throws(Failure) {
        if preparedCount >= preparedCountMax { try forgetPrepared() }
    }

    private func parameters(_ values: [SQLValue], _ sql: SQLText) throws(Failure) -> PostgreSQLParameters {
        do throws(DatabaseError) {
            return try PostgreSQLParameters(values)
        } catch {
            throw Failure(sqlState: "22021", error: DatabaseError(error.code, "\(error.message), in: \(sql.text)"))
        }
    }

    /// The name of the statement prepared from `sql` for values of `types`. A NULL goes with a parameter of any type.
    private func prepare(_ sql: SQLText, _ types: [UInt32]) throws(Failure) -> String {
        let known = prepared[sql]?.first { statement in
            statement.types.count == types.count && zip(statement.types, types).allSatisfy { $1 == 0 || $0 == $1 }
        }
        if let known { return known.name }
        preparedCount += 1
        let name = "s\(preparedCount)"
        let result = PostgreSQLResult(PQprepare(handle, name, sql.text, Int32(types.count), types))
        guard result.isSuccess else { throw failure(result.sqlState, result.message, sql.text) }
        prepared[sql, default: []].append(Prepared(name: name, types: types))
        return name
    }

    private func failure(_ sqlState: String, _ message: String?, _ context: String) -> Failure {
        let reason = message ?? String(cString: PQerrorMessage(handle))
        let shown = address.redacted(String(reason.prefix { $0 != "\n" }))
        return Failure(sqlState: sqlState, error: DatabaseError(sqlState: sqlState, shown, context))
    }
}

/// Calls `body` with the strings as C has them, nil-terminated.
private func withCStrings<Value>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
) -> Value {
    let characters = strings.flatMap { Array($0.utf8CString) }
    return characters.withUnsafeBufferPointer { buffer in
        var start = 0
        var addresses: [UnsafePointer<CChar>?] = []
        for string in strings {
            addresses.append(buffer.baseAddress.map { $0 + start })
            start += string.utf8.count + 1
        }
        addresses.append(nil)
        return addresses.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}

/// Statements prepared on a session from when on all are forgotten before the next.
private let preparedCountMax = 500
/// Rows in one pipeline: few enough that the answers fit the socket's buffers while rows are still being sent, or both
/// sides would wait for each other.
private let pipelineDepthMax = 500
