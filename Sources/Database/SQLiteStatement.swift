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
    func run(_ parameters: [SQLValue], _ row: (SQLRow) throws -> Void) throws {
        try bind(parameters)
        defer { sqlite3_reset(handle) }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: try row(SQLRow(values: values()))
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

    private func values() -> [SQLValue] {
        // Asked anew for each row: after a migration SQLite compiles the text again, and `*` may be more.
        let columnCount = sqlite3_data_count(handle)
        return [SQLValue](unsafeUninitializedCapacity: Int(columnCount)) { buffer, count in
            for column in 0..<columnCount {
                buffer.initializeElement(at: Int(column), to: value(column))
            }
            count = Int(columnCount)
        }
    }

    private func value(_ column: Int32) -> SQLValue {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, column))
        case SQLITE_FLOAT: return .double(sqlite3_column_double(handle, column))
        case SQLITE_TEXT:
            let start = sqlite3_column_text(handle, column)
            let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
            return .text(String(decoding: bytes, as: UTF8.self))
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(handle, column)
            let bytes = UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
            return .blob([UInt8](bytes))
        default: return .null
        }
    }

    private func failure() -> DatabaseError {
        DatabaseError(sqlite: sqlite3_db_handle(handle), statement.sql)
    }
}

/// SQLITE_TRANSIENT: SQLite makes its own copy of the bytes before the call returns.
private nonisolated(unsafe) let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
