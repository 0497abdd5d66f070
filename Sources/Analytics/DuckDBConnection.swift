import CDuckDB

// Both handles are made in `init` and destroyed in `deinit`. DuckDB has no thread of its own here (threads = 1) and does
// not care which thread calls, as long as one does at a time: the actor that owns the object sees to that.

/// A database in memory and the one connection to it.
final class DuckDBConnection {
    let functions: CDuckDBFunctions
    let handle: CDuckDBConnection
    private var database: CDuckDBDatabase?

    /// Opens a database that reads and writes files below `folders` only, loads no extension and keeps to memory.
    init(functions: CDuckDBFunctions, memoryBytesMax: Int, folders: [String]) throws {
        self.functions = functions
        database = try Self.open(
            functions,
            options: [
                ("threads", "1"),
                ("memory_limit", "\(memoryBytesMax / 1024)KiB"),
                ("temp_directory", ""),
                ("autoload_known_extensions", "false"),
                ("autoinstall_known_extensions", "false"),
                ("allow_community_extensions", "false"),
            ]
        )
        var connection: CDuckDBConnection?
        guard let database, functions.connect(database, &connection) == CDuckDBSuccess, let connection else {
            functions.close(&database)
            throw AnalyticsError(.failed, "DuckDB gave no connection")
        }
        handle = connection
        if !folders.isEmpty {
            let parameters = AnalyticsSQL.list((1...folders.count).map(AnalyticsSQL.parameter))
            try set("SET allowed_directories = [" + parameters + "]", folders.map(AnalyticsValue.text))
        }
        // Whole row groups would come into memory at once, and a file may be one row group.
        try set("SET disable_parquet_prefetching = true")
        try set("SET streaming_buffer_size = '1MiB'")
        try set("SET enable_external_access = false")
        try set("SET lock_configuration = true")
    }

    deinit {
        var connection: CDuckDBConnection? = handle
        functions.disconnect(&connection)
        functions.close(&database)
    }

    /// Runs one statement and reads all of its result.
    ///
    /// - Throws: `AnalyticsError`; `CancellationError` when the task has been cancelled.
    func run(
        _ sql: AnalyticsSQL,
        _ parameters: [AnalyticsValue] = [],
        deadline: ContinuousClock.Instant,
        valuesMax: Int
    ) throws -> [Column] {
        let statement = try DuckDBStatement(sql, on: self)
        try statement.bind(parameters)
        return try statement.execute(deadline: deadline).columns(valuesMax: valuesMax)
    }

    private func set(_ sql: AnalyticsSQL, _ parameters: [AnalyticsValue] = []) throws {
        _ = try run(sql, parameters, deadline: .now + .seconds(10), valuesMax: 1)
    }

    private static func open(
        _ functions: CDuckDBFunctions,
        options: [(name: String, value: String)]
    ) throws(AnalyticsError) -> CDuckDBDatabase {
        var handle: CDuckDBConfig?
        let isMade = functions.create_config(&handle) == CDuckDBSuccess
        defer { functions.destroy_config(&handle) }
        guard isMade, let config = handle else { throw AnalyticsError(.failed, "DuckDB made no configuration") }
        for (name, value) in options {
            guard functions.set_config(config, name, value) == CDuckDBSuccess else {
                throw AnalyticsError(.failed, "DuckDB has no option \(name) = \(value)")
            }
        }
        var database: CDuckDBDatabase?
        var reason: UnsafeMutablePointer<CChar>?
        let opened = functions.open_ext(nil, &database, config, &reason)
        defer { functions.free(reason) }
        guard opened == CDuckDBSuccess, let database else {
            throw AnalyticsError(.failed, reason.map { String(cString: $0) } ?? "DuckDB gave no database")
        }
        return database
    }
}
