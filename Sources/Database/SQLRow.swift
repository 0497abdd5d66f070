/// One row of a result; columns are counted from 0.
///
/// It is lent to the closure that reads it and is gone after that: what is wanted of it is taken there, and what is not
/// wanted is never read.
package struct SQLRow: ~Copyable {
    private let columns: any SQLColumns

    init(_ columns: any SQLColumns) {
        self.columns = columns
    }

    /// The columns in the statement's order.
    package var values: [SQLValue] {
        (0..<columns.count).map(columns.value)
    }

    /// The text in `column`.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when it holds something else.
    package func text(_ column: Int) throws(DatabaseError) -> String {
        guard let text = columns.text(column) else { throw unexpected(column, "text") }
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the text in `column`, UTF-8, to `bytes`: for texts that are only passed on.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when it holds something else.
    package func appendText(_ column: Int, to bytes: inout [UInt8]) throws(DatabaseError) {
        guard let text = columns.text(column) else { throw unexpected(column, "text") }
        bytes.append(contentsOf: text)
    }

    /// The whole number in `column`.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when it holds something else.
    package func integer(_ column: Int) throws(DatabaseError) -> Int64 {
        guard let number = columns.integer(column) else { throw unexpected(column, "a whole number") }
        return number
    }

    /// The number in `column`.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when it holds something else.
    package func double(_ column: Int) throws(DatabaseError) -> Double {
        guard let number = columns.double(column) else { throw unexpected(column, "a number") }
        return number
    }

    /// The bytes in `column`.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when it holds something else.
    package func blob(_ column: Int) throws(DatabaseError) -> [UInt8] {
        guard case .blob(let bytes) = columns.value(column) else { throw unexpected(column, "bytes") }
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
        columns.isNull(column)
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

/// The columns of the row on which a result stands, good until it goes on.
protocol SQLColumns {
    var count: Int { get }

    func isNull(_ column: Int) -> Bool
    /// nil for anything but a whole number.
    func integer(_ column: Int) -> Int64?
    /// nil for anything but a number.
    func double(_ column: Int) -> Double?
    /// The bytes of a text; nil for anything else.
    func text(_ column: Int) -> UnsafeBufferPointer<UInt8>?
    func value(_ column: Int) -> SQLValue
}
