/// Why a database could not do what it was asked. For the log: the text may show SQL, never parameters.
package struct DatabaseError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    package enum Code: String, Sendable {
        /// A row with the same key is there already.
        case uniqueViolation
        /// Another constraint refused the row.
        case constraintViolation
        /// The database can't be reached or is too busy; the same call may go through later.
        case unavailable
        /// The disk is full; reads go on.
        case full
        /// A column holds a value of another type than the code expects.
        case unexpectedValue
        /// A parameter is a text with the character U+0000, which can't be stored.
        case textWithNUL
        /// Anything else.
        case failed
    }

    /// The kind of failure.
    package let code: Code
    /// What the database said.
    package let message: String

    /// A failure of kind `code`; `message` is what the database said.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "database, \(code.rawValue): \(message)" }
}
