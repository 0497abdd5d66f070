/// Why an analytical query gave no result. For the log: the text may show SQL and paths of the server.
package struct AnalyticsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure.
    package enum Code: String, Sendable {
        /// DuckDB isn't installed or can't be loaded; the message names the command that gets it.
        case libraryUnavailable
        /// The file is not there, or may not be read.
        case fileUnavailable
        /// The file is not what it should be: another format, or damaged.
        case fileUnreadable
        /// The query would need more memory than the database may use.
        case outOfMemory
        /// The result has more values than are read at once.
        case resultTooLarge
        /// The deadline has passed.
        case deadlineExceeded
        /// Too many queries are waiting; the same query may go through later.
        case busy
        /// DuckDB has failed in itself; the next query gets a new database.
        case engineBroken
        /// Anything else: as a rule the query is wrong.
        case failed
    }

    /// The kind of failure.
    package let code: Code
    /// What DuckDB or the loader said.
    package let message: String

    /// A failure of kind `code`; `message` is what DuckDB said.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "analytics, \(code.rawValue): \(message)" }
}
