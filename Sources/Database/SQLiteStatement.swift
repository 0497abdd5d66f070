import GRDB
import GRDBSQLite
import Glibc

/// A compiled statement of one SQLite connection: binds, steps, reads columns.
///
/// Owned by its ``SQLiteConnection`` and used on that connection's queue alone. GRDB compiles and finalizes it; values
/// go through SQLite's own functions, which saves GRDB's boxed arguments on the hot path.
final class SQLiteStatement {
    private let statement: Statement
    private let handle: OpaquePointer
    /// The highest parameter number in the text.
    private let parameterCount: Int
    /// For each of SQLite's bind indices from 1 the number written after `$`; nil when they are the same throughout,
    /// as they are when the text names its parameters in rising order.
    private let numbers: [Int]?

    init(_ statement: Statement) throws(DatabaseError) {
        self.statement = statement
        handle = statement.sqliteStatement
        var numbers: [Int] = []
        for index in 0..<sqlite3_bind_parameter_count(handle) {
            let name = sqlite3_bind_parameter_name(handle, index + 1).map { String(cString: $0) } ?? "?"
            guard name.first == "$", let number = Int(name.dropFirst()), number > 0 else {
                throw DatabaseError(.failed, "parameter \(name) is not of the form $1")
            }
            numbers.append(number)
        }
        parameterCount = numbers.max() ?? 0
        self.numbers = numbers == Array(1...numbers.count + 1).dropLast() ? nil : numbers
    }

    /// Runs the statement to its end, handing over each row.
    func run(_ parameters: [SQLValue], _ row: (borrowing SQLRow) throws -> Void) throws {
        try bind(parameters)
        defer { sqlite3_reset(handle) }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: try row(SQLRow(self))
            case SQLITE_DONE: return
            default: throw failure()
            }
        }
    }

    /// Runs the statement to its end, without a look at the rows.
    func run(_ parameters: [SQLValue]) throws(DatabaseError) {
        try bind(parameters)
        defer { sqlite3_reset(handle) }
        var code = sqlite3_step(handle)
        while code == SQLITE_ROW { code = sqlite3_step(handle) }
        guard code == SQLITE_DONE else { throw failure() }
    }

    private func bind(_ parameters: [SQLValue]) throws(DatabaseError) {
        guard parameters.count == parameterCount else {
            throw DatabaseError(
                .failed,
                "\(parameters.count) parameters given, \(parameterCount) wanted by: \(statement.sql)"
            )
        }
        if let numbers {
            for (index, number) in numbers.enumerated() {
                try bind(parameters[number - 1], at: Int32(index + 1))
            }
        } else {
            for (index, value) in parameters.enumerated() {
                try bind(value, at: Int32(index + 1))
            }
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) throws(DatabaseError) {
        let code =
            switch value {
            case .null: sqlite3_bind_null(handle, index)
            case .integer(let number): sqlite3_bind_int64(handle, index, number)
            case .double(let number): sqlite3_bind_double(handle, index, number)
            case .text(let text): try bind(text, at: index)
            case .blob(let bytes) where bytes.isEmpty: sqlite3_bind_zeroblob(handle, index, 0)
            case .blob(let bytes):
                bytes.withUnsafeBytes {
                    sqlite3_bind_blob64(handle, index, $0.baseAddress, UInt64($0.count), copied)
                }
            }
        guard code == SQLITE_OK else { throw failure() }
    }

    private func bind(_ text: String, at index: Int32) throws(DatabaseError) -> Int32 {
        var text = text
        let code: Int32? = text.withUTF8 { bytes in
            // PostgreSQL can't hold it, so SQLite shall not either.
            if let start = bytes.baseAddress, memchr(start, 0, bytes.count) != nil { return nil }
            return bytes.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text64(handle, index, $0.baseAddress, UInt64($0.count), copied, UInt8(SQLITE_UTF8))
            }
        }
        guard let code else { throw .textWithNUL }
        return code
    }

    private func failure() -> DatabaseError {
        DatabaseError(sqlite: sqlite3_db_handle(handle), statement.sql)
    }
}

extension SQLiteStatement: SQLColumns {
    // Asked anew for each row: after a migration SQLite compiles the text again, and `*` may be more.
    var count: Int { Int(sqlite3_data_count(handle)) }

    func isNull(_ column: Int) -> Bool {
        sqlite3_value_type(cell(column)) == SQLITE_NULL
    }

    func integer(_ column: Int) -> Int64? {
        let cell = cell(column)
        return sqlite3_value_type(cell) == SQLITE_INTEGER ? sqlite3_value_int64(cell) : nil
    }

    func double(_ column: Int) -> Double? {
        let cell = cell(column)
        return switch sqlite3_value_type(cell) {
        case SQLITE_FLOAT: sqlite3_value_double(cell)
        case SQLITE_INTEGER: Double(sqlite3_value_int64(cell))
        default: nil
        }
    }

    func text(_ column: Int) -> UnsafeBufferPointer<UInt8>? {
        let cell = cell(column)
        guard sqlite3_value_type(cell) == SQLITE_TEXT else { return nil }
        let start = sqlite3_value_text(cell)
        return UnsafeBufferPointer(start: start, count: Int(sqlite3_value_bytes(cell)))
    }

    func value(_ column: Int) -> SQLValue {
        let cell = cell(column)
        switch sqlite3_value_type(cell) {
        case SQLITE_INTEGER: return .integer(sqlite3_value_int64(cell))
        case SQLITE_FLOAT: return .double(sqlite3_value_double(cell))
        case SQLITE_TEXT: return .text(text(column).map { String(decoding: $0, as: UTF8.self) } ?? "")
        case SQLITE_BLOB:
            let start = sqlite3_value_blob(cell)
            return .blob([UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(cell)))))
        default: return .null
        }
    }

    /// What stands in `column`, found once for all that is asked of it. SQLite calls it unprotected, because it is not
    /// locked; the connection is used by one thread at a time, and opened without locks.
    private func cell(_ column: Int) -> OpaquePointer? {
        sqlite3_column_value(handle, Int32(column))
    }
}

/// SQLITE_TRANSIENT: SQLite makes its own copy of the bytes before the call returns.
// A constant that nobody writes, and no function: SQLite compares it with -1 and never calls it, on any thread.
private nonisolated(unsafe) let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
