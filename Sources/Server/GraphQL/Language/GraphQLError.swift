/// Why a query, or a field of it, is not answered; the text is for the caller.
struct GraphQLError: Error, Equatable {
    /// What is wrong, in the words of graphql-core 3 where MLflow's answer comes from there.
    let message: String

    init(_ message: String) {
        self.message = message
    }

    /// The fault of a text that is no GraphQL, at a place counted from 1.
    static func syntax(_ reason: String, line: Int, column: Int) -> GraphQLError {
        GraphQLError("Syntax Error: \(reason) (line \(line), column \(column))")
    }
}
