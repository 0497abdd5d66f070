import CDuckDB
package import NativeLibraries

/// A column that is written beside those that are kept.
package struct WrittenColumn: Hashable, Sendable {
    /// The kinds of values.
    package enum Kind: String, Hashable, Sendable {
        case float, double, integer, unsigned, boolean, text

        fileprivate var declared: AnalyticsSQL {
            switch self {
            case .float: "CAST(NULL AS FLOAT) AS "
            case .double: "CAST(NULL AS DOUBLE) AS "
            case .integer: "CAST(NULL AS BIGINT) AS "
            case .unsigned: "CAST(NULL AS UBIGINT) AS "
            case .boolean: "CAST(NULL AS BOOLEAN) AS "
            case .text: "CAST(NULL AS VARCHAR) AS "
            }
        }
    }

    /// The name.
    package let name: String
    /// What its values are.
    package let kind: Kind

    /// A column.
    package init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// The values of a written column, one for each row.
package enum WrittenValues: Sendable {
    case floats([Float])
    case doubles([Double])
    case integers([Int64])
    case unsigned([UInt64])
    case booleans([Bool])
    case texts([String])
}

/// Writes rows that were scanned, some of their columns as they are and others beside them, into files of Parquet, and
/// puts such files together.
package actor TableWriter {
    /// What DuckDB may hold: a table, and a second time what of it is being written.
    private static let memoryBytesMax = 512 << 20

    private let libraries: NativeLibraryCatalog
    private let file: ScannedFile
    private let folders: [String]
    private let queue = EngineQueue(label: "martlet.write")
    private var connection: DuckDBConnection?
    private var appender: ChunkAppender?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// A writer of rows of the file that `scan` reads, to files below `folders`, which are absolute.
    package init(libraries: NativeLibraryCatalog, rowsOf scan: TableScan, folders: [String]) {
        self.libraries = libraries
        file = scan.file
        self.folders = folders + [scan.file.folder]
    }

    /// Begins a table of the file's columns `kept` and `written` beside them, in the place of the one before.
    ///
    /// - Throws: ``AnalyticsError``.
    package func begin(kept: [String], written: [WrittenColumn]) throws {
        appender = nil
        let columns =
            kept.map(AnalyticsSQL.identifier) + written.map { $0.kind.declared + .identifier($0.name) }
        try run("DROP TABLE IF EXISTS martlet_part")
        try run(
            "CREATE TEMP TABLE martlet_part AS SELECT " + AnalyticsSQL.list(columns) + " FROM "
                + file.source + " LIMIT 0",
            [.file(file.path)]
        )
        appender = try ChunkAppender("martlet_part", columns: columns.count, on: try open())
    }

    /// Adds rows: the columns numbered `kept` of `rows`, and for each written column its values.
    ///
    /// - Parameters:
    ///   - rows: what was scanned.
    ///   - kept: as many as ``begin(kept:written:)`` was told, in that order.
    ///   - written: the values of each column, as many as there are rows; the rows in `missing` have none.
    ///   - missing: by column, whether a row has no value; nil where all have.
    /// - Throws: ``AnalyticsError``.
    package func append(_ rows: ScannedRows, kept: [Int], written: [WrittenValues], missing: [[Bool]?]) throws {
        guard let appender else { throw AnalyticsError(.failed, "no table has begun") }
        try told { try appender.append(rows, kept: kept, written: written, missing: missing) }
    }

    /// Writes the table into a Parquet file and forgets it.
    ///
    /// - Parameters:
    ///   - path: the file, in place of what was there.
    ///   - column: a column; rows that have a value in it are left out, and so is the column. Nil leaves out nothing.
    /// - Throws: ``AnalyticsError``.
    package func finish(to path: String, leavingRowsWith column: String?) throws {
        try told { try appender?.finish() }
        appender = nil
        let name = column.map(AnalyticsSQL.identifier)
        let selected = name.map { "SELECT * EXCLUDE (" + $0 + ") FROM martlet_part WHERE " + $0 + " IS NULL" }
        try run("COPY (" + (selected ?? "SELECT * FROM martlet_part") + ") TO $1 (FORMAT parquet)", [.text(path)])
        try run("DROP TABLE martlet_part")
    }

    /// Puts the `columns` of Parquet files together, one file's rows after the other's; a column that a file does not
    /// have is missing in its rows.
    ///
    /// - Parameters:
    ///   - parts: absolute paths, at least one.
    ///   - columns: which columns, in this order.
    ///   - path: the file to write, in place of what was there.
    ///   - format: its format.
    ///   - rowGroupRowsMax: how many rows a Parquet file may hold in a group, all of which are in memory at once.
    /// - Returns: for each column the name of its type.
    /// - Throws: ``AnalyticsError``.
    package func join(
        _ parts: [String],
        columns: [String],
        to path: String,
        _ format: TableFormat,
        rowGroupRowsMax: Int
    ) throws -> [String] {
        let files = parts.map(AnalyticsValue.file)
        let list = AnalyticsSQL.list((1...files.count).map(AnalyticsSQL.parameter))
        let source: AnalyticsSQL = "read_parquet([" + list + "], union_by_name = true, hive_partitioning = false)"
        let names = columns.map(AnalyticsSQL.identifier)
        let selected: AnalyticsSQL = "SELECT " + .list(names) + " FROM " + source
        let form: AnalyticsSQL =
            switch format {
            case .csv: " (FORMAT csv, HEADER true)"
            case .parquet: " (FORMAT parquet, ROW_GROUP_SIZE " + .number(rowGroupRowsMax) + ")"
            }
        try run(
            "COPY (" + selected + ") TO " + .parameter(files.count + 1) + form,
            files + [.text(path)]
        )
        let types = names.map { "typeof(" + $0 + ")" }
        return try run("SELECT " + .list(types) + " FROM " + source + " LIMIT 1", files)
            .map { $0.texts?.first.flatMap { $0 } ?? "" }
    }

    @discardableResult
    private func run(_ sql: AnalyticsSQL, _ parameters: [AnalyticsValue] = []) throws -> [Column] {
        try told { try open().run(sql, parameters, deadline: .now + .seconds(86_400), valuesMax: 100_000) }
    }

    private func told<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as AnalyticsError { throw error.told() }
    }

    private func open() throws -> DuckDBConnection {
        if let connection { return connection }
        let opened = try DuckDBConnection(
            functions: DuckDBLibrary.load(from: libraries),
            memoryBytesMax: Self.memoryBytesMax,
            folders: folders
        )
        connection = opened
        return opened
    }
}
