/// A value in a column or a parameter.
///
/// Not every value is kept as it is: a double NaN is stored as NULL, and in SQLite -0.0 as 0.0. Text may not hold the
/// character U+0000, which PostgreSQL can't store: both engines refuse it.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case double(Double)
    case text(String)
    case blob([UInt8])

    /// The text, or NULL when there is none.
    package static func text(_ text: String?) -> SQLValue {
        text.map { .text($0) } ?? .null
    }

    /// The number, or NULL when there is none.
    package static func integer(_ number: Int64?) -> SQLValue {
        number.map { .integer($0) } ?? .null
    }

    /// 1 or 0.
    package static func flag(_ flag: Bool) -> SQLValue {
        .integer(flag ? 1 : 0)
    }
}

/// One row of a result; columns are counted from 0.
package struct SQLRow: Sendable {
    /// The columns in the statement's order.
    package let values: [SQLValue]

    /// A row of `values`.
    package init(values: [SQLValue]) {
        self.values = values
    }

    /// The text in `column`.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when it holds something else.
    package func text(_ column: Int) throws(DatabaseError) -> String {
        guard case .text(let text) = values[column] else { throw unexpected(column, "text") }
        return text
    }

    /// The whole number in `column`.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when it holds something else.
    package func integer(_ column: Int) throws(DatabaseError) -> Int64 {
        guard case .integer(let number) = values[column] else { throw unexpected(column, "a whole number") }
        return number
    }

    /// The number in `column`.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when it holds something else.
    package func double(_ column: Int) throws(DatabaseError) -> Double {
        switch values[column] {
        case .double(let number): return number
        case .integer(let number): return Double(number)
        default: throw unexpected(column, "a number")
        }
    }

    /// The bytes in `column`.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when it holds something else.
    package func blob(_ column: Int) throws(DatabaseError) -> [UInt8] {
        guard case .blob(let bytes) = values[column] else { throw unexpected(column, "bytes") }
        return bytes
    }

    /// Whether the number in `column` is not 0.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when it is no whole number.
    package func flag(_ column: Int) throws(DatabaseError) -> Bool {
        try integer(column) != 0
    }

    /// Whether `column` holds NULL.
    package func isNull(_ column: Int) -> Bool {
        values[column] == .null
    }

    /// The text in `column`, nil for NULL.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when it holds something else.
    package func optionalText(_ column: Int) throws(DatabaseError) -> String? {
        isNull(column) ? nil : try text(column)
    }

    /// The whole number in `column`, nil for NULL.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when it holds something else.
    package func optionalInteger(_ column: Int) throws(DatabaseError) -> Int64? {
        isNull(column) ? nil : try integer(column)
    }

    /// The number in `column`, nil for NULL.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when it holds something else.
    package func optionalDouble(_ column: Int) throws(DatabaseError) -> Double? {
        isNull(column) ? nil : try double(column)
    }

    private func unexpected(_ column: Int, _ wanted: String) -> DatabaseError {
        DatabaseError(.unexpectedValue, "column \(column) does not hold \(wanted)")
    }
}
