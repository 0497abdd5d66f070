/// A word of the query language.
struct GraphQLToken: Equatable {
    enum Kind: Equatable {
        /// `{`, `}`, `(`, `)`, `[`, `]`, `:`, `=`, `!`, `$`, `@`, `|`, `&`, `...`.
        case punctuator
        case name
        case integer
        case float
        case string
        case end
    }

    let kind: Kind
    /// The token as it is written; a string's content with its escapes undone.
    let text: String
    /// Where it begins, in bytes.
    let offset: Int

    /// What messages call it.
    var description: String {
        switch kind {
        case .end: "<EOF>"
        case .punctuator: "'\(text)'"
        case .name: "Name '\(text.prefix(100))'"
        case .integer: "Int '\(text.prefix(100))'"
        case .float: "Float '\(text.prefix(100))'"
        case .string: "String '\(text.prefix(100))'"
        }
    }
}
