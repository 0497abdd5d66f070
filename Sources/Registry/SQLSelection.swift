import Database

/// Which rows of a table a query gives, with its parameters: a condition, an order, a piece of the result.
struct SQLSelection: Sendable {
    /// The table, when it is not the standard one of the store.
    var from: SQLText?
    /// What follows the table.
    var text: SQLText
    var parameters: [SQLValue] = []

    /// Binds `value` and answers the text that stands for it.
    mutating func bind(_ value: SQLValue) -> SQLText {
        parameters.append(value)
        return .parameter(parameters.count)
    }
}
