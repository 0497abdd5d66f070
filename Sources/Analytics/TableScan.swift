package import NativeLibraries

/// A file's rows in their order, some two thousand at a time; memory is needed for these alone, however long the file.
///
/// It has a database and a queue of its own, so that a long scan holds up no other query.
package actor TableScan {
    /// A column of the file.
    package struct FileColumn: Hashable, Sendable {
        /// Its name.
        package let name: String
        /// What its values mean; text in a CSV file, whose cells are not interpreted.
        package let logicalType: LogicalType
    }

    /// What DuckDB may hold: what it needs to decode a chunk of every column.
    private static let memoryBytesMax = 256 << 20
    private static let valuesMax = 100_000

    nonisolated let file: ScannedFile
    private let libraries: NativeLibraryCatalog
    private let queue = EngineQueue(label: "martlet.scan")
    private var connection: DuckDBConnection?
    private var result: DuckDBResult?
    // What a streamed result still works with.
    private var statement: DuckDBStatement?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// A scan of the file at `path`, which is absolute; it begins with ``start(_:)``.
    package init(libraries: NativeLibraryCatalog, path: String, format: TableFormat) {
        self.libraries = libraries
        file = ScannedFile(path: path, format: format)
    }

    /// The file's columns in their order.
    ///
    /// - Throws: ``AnalyticsError``: `fileUnavailable`, `fileUnreadable` when it has another format.
    package func columns() throws -> [FileColumn] {
        let columns = try readable { try run("SELECT * FROM " + file.source + " LIMIT 0", [.file(file.path)]) }
        return columns.map { FileColumn(name: $0.name, logicalType: $0.logicalType) }
    }

    /// How many rows a Parquet file says that it has; nil for CSV, where only reading tells.
    ///
    /// - Throws: ``AnalyticsError``.
    package func rowCount() throws -> Int? {
        guard file.format == .parquet else { return nil }
        let counted = try readable { try run("SELECT count(*) FROM " + file.source, [.file(file.path)]) }
        return counted.first?.integers?.first.flatMap { $0 }.map { Int($0) }
    }

    /// Begins to read `columns`, at least one of the file's, from its first row on.
    ///
    /// - Throws: ``AnalyticsError``; `CancellationError`.
    package func start(_ columns: [String]) throws {
        let connection = try open()
        let names = AnalyticsSQL.list(columns.map(AnalyticsSQL.identifier))
        let sql = try "SELECT " + names + " FROM " + file.source
        try readable {
            let statement = try DuckDBStatement(sql, on: connection)
            try statement.bind([.file(file.path)])
            result = try statement.execute(deadline: .now + .seconds(86_400), isStreaming: true)
            self.statement = statement
        }
    }

    /// The next rows; nil after the last.
    ///
    /// - Throws: ``AnalyticsError``: `fileUnreadable` with the place where a CSV file is no table; `CancellationError`.
    package func next() throws -> ScannedRows? {
        guard let result, let connection else { throw AnalyticsError(.failed, "the scan has not begun") }
        try Task.checkCancellation()
        return try readable {
            guard let chunk = try result.next() else { return nil }
            let rows = ScannedRows(chunk, of: result, on: connection)
            return rows.count > 0 ? rows : nil
        }
    }

    private func run(_ sql: AnalyticsSQL, _ parameters: [AnalyticsValue]) throws -> [Column] {
        try open().run(sql, parameters, deadline: .now + .seconds(3_600), valuesMax: Self.valuesMax)
    }

    private func open() throws -> DuckDBConnection {
        if let connection { return connection }
        let opened = try DuckDBConnection(
            functions: DuckDBLibrary.load(from: libraries),
            memoryBytesMax: Self.memoryBytesMax,
            folders: [file.folder]
        )
        connection = opened
        return opened
    }

    /// What `body` gives; what DuckDB finds wrong is wrong with the file.
    private func readable<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as AnalyticsError {
            let told = error.told()
            throw error.code == .failed ? AnalyticsError(.fileUnreadable, told.message) : told
        }
    }
}

extension AnalyticsValue {
    /// The file at `path` and no other: each character that DuckDB takes for a wildcard becomes a set of one.
    static func file(_ path: String) -> AnalyticsValue {
        // By scalars: a wildcard with a combining mark behind it is one character, and still a wildcard.
        .text(
            path.unicodeScalars.reduce(into: "") { pattern, scalar in
                pattern += "*?[".unicodeScalars.contains(scalar) ? "[\(scalar)]" : String(scalar)
            }
        )
    }
}
