import Database

/// What follows `FROM table` in a query, with its parameters: a condition, an order, a piece of the result.
struct SQLSelection: Sendable {
    var text: SQLText
    var parameters: [SQLValue] = []

    /// Binds `value` and answers the text that stands for it.
    mutating func bind(_ value: SQLValue) -> SQLText {
        parameters.append(value)
        return .parameter(parameters.count)
    }
}
