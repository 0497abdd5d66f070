/// Why a request came to nothing, and what to do about it.
package struct ClientError: Error, Sendable, CustomStringConvertible {
    /// What a caller can do about it.
    package enum Kind: Sendable, Hashable {
        /// The caller asked for something that makes no sense.
        case usage
        /// No server answered: it is not there, or it took longer than the limit.
        case unreachable
        /// The server does not know who asks.
        case unauthenticated
        /// There is nothing of that name.
        case notFound
        /// A file on this machine can't be read or written.
        case file
        /// The server refused, or failed.
        case refused
    }

    /// What a caller can do about it.
    package let kind: Kind
    /// What went wrong: one sentence for a person, without secrets.
    package let message: String
    /// What to do: one sentence for a person.
    package let remedy: String?
    /// MLflow's name of the failure, when the server gave one: `RESOURCE_DOES_NOT_EXIST`.
    package let code: String?

    /// A failure of `kind`.
    package init(_ kind: Kind, _ message: String, remedy: String? = nil, code: String? = nil) {
        self.kind = kind
        self.message = message
        self.remedy = remedy
        self.code = code
    }

    package var description: String { [message, remedy].compactMap(\.self).joined(separator: "\n") }
}
