import Kernel

/// A version's source taken apart as Python's `urlsplit` does, whose reading MLflow's rules go by.
struct SourceURI: Sendable {
    /// The scheme in lower case; empty for a path.
    let scheme: String
    /// What stands between `//` and the path.
    let authority: String
    /// The path, neither query nor fragment.
    let path: String

    init(_ text: String) {
        var rest = text[...]
        var scheme = ""
        if let colon = rest.firstIndex(of: ":"), Self.isScheme(rest[..<colon]) {
            scheme = rest[..<colon].lowercased()
            rest = rest[rest.index(after: colon)...]
        }
        self.scheme = scheme
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
            authority = String(rest[..<end])
            rest = rest[end...]
        } else {
            authority = ""
        }
        path = String(rest.prefix { $0 != "?" && $0 != "#" })
    }

    /// The parts of the path, percent-decoded until nothing is left to decode.
    var parts: [String] {
        path.split(separator: "/").map { Self.decodedFully(String($0)) }
    }

    /// Whether this URI lies below `root`: same scheme, same authority, a path that continues the root's.
    func isWithin(_ root: SourceURI) -> Bool {
        let rootParts = root.parts
        return scheme == root.scheme && authority.lowercased() == root.authority.lowercased() && !rootParts.isEmpty
            && parts.starts(with: rootParts)
    }

    /// Whether the URI is served by a tracking server's artifact proxy.
    var isProxiedArtifact: Bool {
        if scheme == "mlflow-artifacts" { return true }
        guard scheme == "http" || scheme == "https" else { return false }
        let route = ["api", "2.0", "mlflow-artifacts", "artifacts"]
        let parts = parts
        return parts.indices.contains { parts[$0...].starts(with: route) }
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, isLetter(first) else { return false }
        return text.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) || "+-.".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte)
    }
}

extension SourceURI {
    /// `text` percent-decoded until it stays the same; each pass shortens it, so there are at most half its length.
    static func decodedFully(_ text: String, plusIsSpace: Bool = false) -> String {
        var text = text
        while true {
            let decoded = decoded(text, plusIsSpace: plusIsSpace)
            if decoded == text { return text }
            text = decoded
        }
    }

    private static func decoded(_ text: String, plusIsSpace: Bool) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = digit(bytes[index + 1]),
                let low = digit(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                let isPlus = plusIsSpace && bytes[index] == UInt8(ascii: "+")
                result.append(isPlus ? UInt8(ascii: " ") : bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// What a `models:/…` URI names.
enum ModelURI: Sendable {
    case loggedModel(LoggedModelID)
    case version(modelName: String, VersionSelector)

    /// What `source` names; nil when it is no proper `models:/…` URI.
    init?(_ source: SourceURI) {
        let parts = source.path.drop { $0 == "/" }.split(separator: "/", omittingEmptySubsequences: false)
        guard source.scheme == "models", source.path.hasPrefix("/"), let first = parts.first, parts.count <= 2,
            !first.allSatisfy(\.isWhitespace)
        else { return nil }
        if parts.count == 2 {
            guard let selector = Self.selector(parts[1]) else { return nil }
            self = .version(modelName: String(first), selector)
        } else if let at = first.lastIndex(of: "@") {
            let alias = first[first.index(after: at)...]
            guard !alias.allSatisfy(\.isWhitespace) else { return nil }
            self = .version(modelName: String(first[..<at]), .alias(String(alias)))
        } else {
            self = .loggedModel(LoggedModelID(String(first)))
        }
    }

    private static func selector(_ suffix: Substring) -> VersionSelector? {
        if suffix.utf8.allSatisfy({ (48...57).contains($0) }), !suffix.isEmpty {
            return .number(Int(suffix) ?? .max)
        }
        if suffix.lowercased() == "latest" { return .latest }
        if let stage = ModelStage.allCases.first(where: { $0.rawValue.lowercased() == suffix.lowercased() }) {
            return .stage(stage)
        }
        return (try? SemanticVersion(text: String(suffix))).map { .semantic($0) }
    }
}
