import CDuckDB

// The handle is made in `init` and destroyed in `deinit`, before its connection's, which it keeps alive.

/// A prepared statement.
final class DuckDBStatement {
    private let connection: DuckDBConnection
    private var handle: CDuckDBStatement?
    private var functions: CDuckDBFunctions { connection.functions }

    /// Prepares exactly one statement.
    init(_ sql: AnalyticsSQL, on connection: DuckDBConnection) throws(AnalyticsError) {
        self.connection = connection
        guard connection.functions.prepare(connection.handle, sql.text, &handle) == CDuckDBSuccess else {
            let reason = connection.functions.prepare_error(handle).map { String(cString: $0) }
            throw AnalyticsError(.failed, reason ?? "DuckDB gave no reason")
        }
    }

    deinit {
        functions.destroy_prepare(&handle)
    }

    /// Binds the parameters `$1`, `$2`, … in order.
    func bind(_ parameters: [AnalyticsValue]) throws(AnalyticsError) {
        guard let handle else { return }
        for (index, value) in parameters.enumerated() {
            let number = UInt64(index + 1)
            let state =
                switch value {
                case .null: functions.bind_null(handle, number)
                case .boolean(let value): functions.bind_boolean(handle, number, value)
                case .integer(let value): functions.bind_int64(handle, number, value)
                case .double(let value): functions.bind_double(handle, number, value)
                case .text(let value): functions.bind_varchar_length(handle, number, value, UInt64(value.utf8.count))
                }
            guard state == CDuckDBSuccess else {
                throw AnalyticsError(.failed, "the statement has no parameter $\(number)")
            }
        }
    }

    /// Runs the statement to its end, one slice of work after the other; streaming, only until there are rows to fetch.
    ///
    /// - Throws: `deadlineExceeded` and `CancellationError` between two slices, which take milliseconds as a rule and
    ///   more when much is sorted at once; else what DuckDB found wrong.
    func execute(deadline: ContinuousClock.Instant, isStreaming: Bool = false) throws -> DuckDBResult {
        guard let handle else { throw AnalyticsError(.failed, "the statement was not prepared") }
        var pending: CDuckDBPending?
        defer { functions.destroy_pending(&pending) }
        let begin = isStreaming ? functions.pending_prepared_streaming : functions.pending_prepared
        let started = begin(handle, &pending) == CDuckDBSuccess
        guard let work = pending else { throw AnalyticsError(.failed, "DuckDB did not start the statement") }
        while started {
            try Task.checkCancellation()
            guard ContinuousClock.now < deadline else {
                throw AnalyticsError(.deadlineExceeded, "the query was not done in time")
            }
            let state = Int(functions.pending_execute_task(work))
            if state == CDuckDBPendingReady || state == CDuckDBPendingFailed { break }
        }
        let result = DuckDBResult(functions: functions)
        guard functions.execute_pending(work, &result.value) == CDuckDBSuccess else { throw result.failure }
        return result
    }
}
