import Foundation
import HTTPTypes
import Hummingbird
import Kernel

/// Where callers reach this server, for answers that hold addresses.
struct PublicAddress: Sendable {
    private static let lengthMax = 300

    /// Without a slash at its end; nil where the request says.
    private let configured: String?

    /// The address `text` as the server was told; nil for the one that a request was sent to.
    ///
    /// - Throws: ``StartupError`` when it is none.
    init(_ text: String?) throws {
        guard var text, !text.isEmpty else {
            configured = nil
            return
        }
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme?.lowercased()), url.host != nil,
            url.user == nil, url.password == nil, url.query == nil, url.fragment == nil
        else {
            throw StartupError(
                "--public-url takes the address at which callers reach the server, as https://models.example, not '\(text)'."
            )
        }
        while text.hasSuffix("/") { text.removeLast() }
        configured = text
    }

    /// Scheme and host, no slash at the end.
    ///
    /// Without an address of its own the server takes the Host that the request named and its guard has let through, and
    /// `https` where a proxy says so in `X-Forwarded-Proto`. Both are the caller's words, and the answer goes to nobody else.
    /// - Throws: `BAD_REQUEST` when the request names no host.
    func origin(for request: Request) throws -> String {
        if let configured { return configured }
        guard let host = request.head.authority, !host.isEmpty, host.utf8.count <= Self.lengthMax,
            host.utf8.allSatisfy(Self.isInHost)
        else {
            throw MartletError(.badRequest, "The request names no host. Send it as 'Host: NAME:PORT'.")
        }
        let forwarded = request.headers[.xForwardedProto]?.split(separator: ",").first.map { $0.lowercased() }
        return (forwarded == "https" ? "https://" : "http://") + host
    }

    private static func isInHost(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            || "-._:[]".utf8.contains(byte)
    }
}

extension HTTPField.Name {
    static let xForwardedProto = HTTPField.Name(validated: "X-Forwarded-Proto")
}
