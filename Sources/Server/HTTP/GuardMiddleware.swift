import Glibc
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
    /// Those of them with a star, which stands for anything, as a shell has it.
    private let patterns: [String]

    /// A guard that lets through loopback and private addresses, and `allowedHosts` besides.
    package init(allowedHosts: [String]) {
        self.allowedHosts = Set(allowedHosts.map { $0.lowercased() })
        patterns = self.allowedHosts.filter { $0.contains("*") }.sorted()
    }

    package func handle(
        _ request: Request,
        context: MartletContext,
        next: (Request, MartletContext) async throws -> Response
    ) async throws -> Response {
        let host = request.head.authority
        if let host, !Probes.contains(request.uri.path), !isAllowed(host: host) {
            return .text("Invalid Host header - possible DNS rebinding attack detected", status: .forbidden)
        }
        let isChange = request.method != .get && request.method != .head && request.method != .options
        if isChange, let origin = request.headers[.origin], !isAllowed(origin: origin, to: host) {
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
    static let policy = "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'"

    /// Pages of this machine, of the very server that is asked, and of the hosts that are allowed by name: another
    /// machine's page is foreign, however private its address.
    private func isAllowed(origin: String, to authority: String?) -> Bool {
        guard let separator = origin.firstRange(of: "://") else { return false }
        let host = origin[separator.upperBound...].lowercased()
        return host == authority?.lowercased() || Self.isLoopback(Self.name(host)) || isAllowedByName(host)
    }

    /// Whether the guard lets a change through that came with `host` and `origin`.
    func isChangeAllowed(host: String?, origin: String?) -> Bool {
        if let host, !isAllowed(host: host) { return false }
        return origin.map { isAllowed(origin: $0, to: host) } ?? true
    }

    private func isAllowed(host: String) -> Bool {
        // What nearly every client on this machine says.
        if host.utf8.starts(with: Self.loopback), host.utf8.dropFirst(Self.loopback.count).allSatisfy(Self.isPort) {
            return true
        }
        let host = host.lowercased()
        let name = Self.name(host)
        return Self.isLoopback(name) || Self.isPrivate(name) || isAllowedByName(host)
    }

    private func isAllowedByName(_ host: String) -> Bool {
        let name = Self.name(host)
        return allowedHosts.contains(name) || allowedHosts.contains(host)
            || patterns.contains { fnmatch($0, host, 0) == 0 || fnmatch($0, name, 0) == 0 }
    }

    private static let loopback = Array("127.0.0.1".utf8)

    private static func isPort(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ":") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLoopback(_ name: String) -> Bool {
        ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"].contains(name)
    }

    /// The host without its port; the whole of it when what follows the brackets is no port.
    private static func name(_ host: String) -> String {
        guard host.hasPrefix("["), let end = host.firstIndex(of: "]") else { return String(host.prefix { $0 != ":" }) }
        let rest = host[host.index(after: end)...]
        return rest.isEmpty || rest.hasPrefix(":") ? String(host[...end]) : host
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
