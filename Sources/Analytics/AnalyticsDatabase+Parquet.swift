import CDuckDB

extension AnalyticsDatabase {
    /// Writes a table's rows into a Parquet file, in place of what was there.
    ///
    /// - Parameters:
    ///   - table: no column's values may be unread, and names must differ in more than case.
    ///   - path: absolute, below the database's folders, in a folder that is there.
    ///   - deadline: as in ``query(_:_:deadline:)``.
    /// - Throws: ``AnalyticsError``; `CancellationError`.
    package nonisolated func writeParquet(
        _ table: Table,
        to path: String,
        deadline: ContinuousClock.Instant? = nil
    ) async throws {
        try await perform(deadline) { session in
            let columns = try table.columns.map { .identifier($0.name) + " " + (try $0.declaredType) }
            _ = try session.run("CREATE OR REPLACE TEMP TABLE martlet_written (" + .list(columns) + ")")
            let written: Result<Void, any Error> = Result {
                let appender = try DuckDBAppender("martlet_written", on: session.connection)
                for row in 0..<table.rowCount { try appender.append(row, of: table.columns) }
                try appender.finish()
                _ = try session.run("COPY martlet_written TO $1 (FORMAT parquet)", [.text(path)])
            }
            _ = try session.run("DROP TABLE martlet_written")
            try written.get()
        }
    }
}

extension Column {
    fileprivate var declaredType: AnalyticsSQL {
        get throws(AnalyticsError) {
            switch values {
            case .doubles: "DOUBLE"
            case .integers: "BIGINT"
            case .booleans: "BOOLEAN"
            case .texts: "VARCHAR"
            case .timestamps: "TIMESTAMP"
            case .unread: throw AnalyticsError(.failed, "column \(name) has no values to write")
            }
        }
    }
}

// The handle is made in `init` and destroyed in `deinit`, before its connection's, which it keeps alive.

/// Adds rows to a table.
private final class DuckDBAppender {
    private let connection: DuckDBConnection
    private var handle: CDuckDBAppender?
    private var functions: CDuckDBFunctions { connection.functions }

    init(_ table: String, on connection: DuckDBConnection) throws(AnalyticsError) {
        self.connection = connection
        try check(connection.functions.appender_create(connection.handle, nil, table, &handle))
    }

    deinit {
        _ = functions.appender_destroy(&handle)
    }

    /// Appends one row of `columns`.
    func append(_ row: Int, of columns: [Column]) throws(AnalyticsError) {
        guard let handle else { return }
        for column in columns {
            if column.isMissing(row) {
                try check(functions.append_null(handle))
                continue
            }
            switch column.values {
            case .doubles(let values): try check(functions.append_double(handle, values[row]))
            case .integers(let values): try check(functions.append_int64(handle, values[row]))
            case .booleans(let values): try check(functions.append_bool(handle, values[row]))
            case .timestamps(let values):
                try check(functions.append_timestamp(handle, CDuckDBTimestamp(microseconds: values[row])))
            case .texts(let values):
                try check(functions.append_varchar_length(handle, values[row], UInt64(values[row].utf8.count)))
            case .unread: preconditionFailure("a column without values has no declared type")
            }
        }
        try check(functions.appender_end_row(handle))
    }

    /// Makes the rows part of the table.
    func finish() throws(AnalyticsError) {
        guard let handle else { return }
        try check(functions.appender_flush(handle))
    }

    private func check(_ state: Int32) throws(AnalyticsError) {
        guard state != CDuckDBSuccess else { return }
        let reason = functions.appender_error(handle).map { String(cString: $0) }
        throw AnalyticsError(.failed, reason ?? "DuckDB gave no reason")
    }
}
