import HTTPTypes
package import Hummingbird
import NIOHTTP1

/// Refuses what a foreign web page could make a browser send, and tells browsers what they may do with answers.
///
/// A page on another site can reach a server on loopback by a name that it makes resolve to 127.0.0.1; such requests
/// carry that name as Host. Requests that change something carry the page's own address as Origin.
package struct GuardMiddleware: RouterMiddleware {
    package typealias Context = MartletContext
    private let allowedHosts: Set<String>

    /// A guard that lets through loopback and private addresses, and `allowedHosts` besides.
    package init(allowedHosts: [String]) {
        self.allowedHosts = Set(allowedHosts.map { $0.lowercased() })
    }

    package func handle(
        _ request: Request,
        context: MartletContext,
        next: (Request, MartletContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        let isProbe = path == "/health" || path == "/version" || path == "/livez" || path == "/readyz"
        if !isProbe, let host = request.head.authority, !isAllowed(host: host) {
            return .text("Invalid Host header - possible DNS rebinding attack detected", status: .forbidden)
        }
        let isChange = request.method != .get && request.method != .head && request.method != .options
        if isChange, let origin = request.headers[.origin], !isAllowed(origin: origin) {
            return .text("Cross-origin request blocked", status: .forbidden)
        }
        var response = try await next(request, context)
        response.headers[.xContentTypeOptions] = "nosniff"
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = Self.policy
        }
        return response
    }

    /// What a page of ours may load: its own files and nothing else.
    private static let policy = "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'"

    private func isAllowed(origin: String) -> Bool {
        guard let separator = origin.firstRange(of: "://") else { return false }
        return isAllowed(host: String(origin[separator.upperBound...]))
    }

    private func isAllowed(host: String) -> Bool {
        let name = Self.name(host.lowercased())
        if ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"].contains(name) { return true }
        return Self.isPrivate(name) || allowedHosts.contains(name) || allowedHosts.contains(host.lowercased())
            || allowedHosts.contains("*")
    }

    /// The host without its port.
    private static func name(_ host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host[...end]) }
        return String(host.prefix { $0 != ":" })
    }

    private static func isPrivate(_ name: String) -> Bool {
        if name.hasPrefix("[fc00:") || name.hasPrefix("[fd00:") { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4, !parts.contains(nil) else { return false }
        switch (parts[0], parts[1]) {
        case (10?, _), (192?, 168?): return true
        case (172?, let second?): return (16...31).contains(second)
        default: return false
        }
    }
}

extension HTTPField.Name {
    /// `X-Content-Type-Options`.
    static let xContentTypeOptions = HTTPField.Name(validated: "X-Content-Type-Options")

    /// A header's name written in the source.
    init(validated name: StaticString) {
        guard let field = HTTPField.Name(name.description) else {
            preconditionFailure("\(name) is no header name")
        }
        self = field
    }
}
