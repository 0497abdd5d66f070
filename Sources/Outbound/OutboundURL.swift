import FoundationEssentials

/// A URL to which a request may go, taken apart once, so that what was checked is what is asked.
struct OutboundURL: Sendable {
    /// The URL as it was given.
    let text: String
    /// The host, without brackets.
    let host: String

    /// The URL that `text` is.
    ///
    /// - Throws: ``OutboundError``.
    init(_ text: String, schemes: [String]) throws(OutboundError) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased() else {
            throw .badURL
        }
        guard schemes.contains(scheme) else { throw .scheme(scheme, allowed: schemes) }
        guard let host = parts.host, !host.isEmpty, parts.percentEncodedHost == host,
            parts.port.map({ (1...65_535).contains($0) }) ?? true
        else {
            throw .badURL
        }
        guard parts.user == nil, parts.password == nil else { throw .credentials }
        // Anything else (percent-encoding, brackets with zones) may mean one host here and another to the client.
        let name = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                true
            default: byte == UInt8(ascii: ":") && name != host
            }
        }
        guard isPlain, name == host || name.contains(":"), Self.isUsual(name) else { throw .oddHost(host) }
        self.text = text
        self.host = name
    }

    /// Whether `host`, where its last part is a number, is an IPv4 address in its usual four parts.
    private static func isUsual(_ host: String) -> Bool {
        let last = host.split(separator: ".").last.map { $0.lowercased() } ?? ""
        guard last.hasPrefix("0x") || last.utf8.allSatisfy({ (48...57).contains($0) }), !host.contains(":") else {
            return true
        }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0).map(String.init) == String($0) }
    }
}
