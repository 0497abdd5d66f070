import FoundationEssentials
import Kernel

/// Where a server is: scheme, host, port and, behind a proxy, the path below which it lies.
package struct ServerAddress: Sendable, Hashable {
    /// The address of a server that was started without options.
    package static let usual = "http://127.0.0.1:5000"

    /// The address as it may be shown and put before a path: without user, password, query and a slash at its end.
    package let text: String
    /// The user and the password that stood in the address, if any did.
    package let credentials: Credentials?

    /// The server that `text` names.
    ///
    /// - Throws: ``ClientError`` of kind `usage` when `text` is no address over HTTP.
    package init(_ text: String) throws(ClientError) {
        guard var parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty
        else {
            throw ClientError(
                .usage,
                "'\(Self.withoutSecrets(text))' is no address of a server.",
                remedy: "An address looks like \(Self.usual); give it by --server or MARTLET_URL."
            )
        }
        credentials = parts.user.map { .password(user: $0, password: parts.password ?? "") }
        parts.user = nil
        parts.password = nil
        parts.query = nil
        parts.fragment = nil
        while parts.percentEncodedPath.hasSuffix("/") { parts.percentEncodedPath.removeLast() }
        self.text = parts.string ?? text
    }

    /// What may be told of a text that should have been an address: not the user and the password that it may hold.
    private static func withoutSecrets(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text }
        let start = text.firstRange(of: "//")?.upperBound ?? text.startIndex
        return start <= at ? text[..<start] + "…" + text[at...] : "…" + text[at...]
    }
}
