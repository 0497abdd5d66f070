import Database

/// A row of MLflow's that is kept while others are read; columns are counted from 0.
struct SourceRow: Sendable {
    /// The columns in the statement's order.
    let values: [SQLValue]

    /// What `row` holds.
    init(_ row: borrowing SQLRow) {
        values = row.values
    }

    func isNull(_ column: Int) -> Bool { values[column] == .null }

    func text(_ column: Int) throws -> String {
        guard case .text(let text) = values[column] else { throw unexpected(column, "text") }
        return text
    }

    /// The text in `column`, U+0000, which no table of Martlet's holds, written as the sign for it (U+2400).
    func plainText(_ column: Int) throws -> String {
        let text = try text(column)
        guard text.utf8.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value == 0 ? "\u{2400}" : $0 }))
    }

    func optionalPlainText(_ column: Int) throws -> String? { isNull(column) ? nil : try plainText(column) }

    func integer(_ column: Int) throws -> Int64 {
        guard case .integer(let number) = values[column] else { throw unexpected(column, "a whole number") }
        return number
    }

    func double(_ column: Int) throws -> Double {
        switch values[column] {
        case .double(let number): return number
        case .integer(let number): return Double(number)
        default: throw unexpected(column, "a number")
        }
    }

    func flag(_ column: Int) throws -> Bool { try integer(column) != 0 }

    func optionalText(_ column: Int) throws -> String? { isNull(column) ? nil : try text(column) }

    func optionalInteger(_ column: Int) throws -> Int64? { isNull(column) ? nil : try integer(column) }

    func optionalDouble(_ column: Int) throws -> Double? { isNull(column) ? nil : try double(column) }

    private func unexpected(_ column: Int, _ wanted: String) -> DatabaseError {
        DatabaseError(.unexpectedValue, "column \(column) does not hold \(wanted)")
    }
}
