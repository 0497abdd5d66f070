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

    /// The same for whoever has not written the statement: without it, and without advice on DuckDB's settings.
    func told() -> AnalyticsError {
        var text = message[...]
        // Threads that write tell their failure as JSON.
        if let start = text.firstRange(of: "\"exception_message\":\"")?.upperBound {
            text = text[start...]
            text = text[..<(text.firstRange(of: "\",\"errno\"")?.lowerBound ?? text.endIndex)]
        }
        for end in ["\n\n", "\nDatabase is launched"] {
            if let place = text.firstRange(of: end)?.lowerBound { text = text[..<place] }
        }
        return AnalyticsError(code, String(text).replacing("\\\"", with: "\""))
    }

    package var description: String { "analytics, \(code.rawValue): \(message)" }
}
