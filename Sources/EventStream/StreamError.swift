/// Why a stream can't be read or written. Its description is one line fit for a user: no password, no data.
package struct StreamError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What can be done about it.
    package enum Code: Hashable, Sendable {
        /// The library that speaks the protocol is missing.
        case libraryUnavailable
        /// The other side is away for the moment; the same again may succeed.
        case unavailable
        /// The other side refuses, and will refuse the same again.
        case refused
    }

    /// What can be done about it.
    package let code: Code
    /// What is wrong, and with whom.
    package let description: String

    /// An error of `code`.
    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
