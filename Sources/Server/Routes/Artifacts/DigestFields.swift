import HTTPTypes
import Kernel

/// The SHA-256 of a whole artifact as HTTP's fields carry it (RFC 9530): `sha-256=:base64:`.
enum DigestFields {
    private static let names = [HTTPField.Name.reprDigest, .contentDigest]

    /// The digest that the sender of a body says it has; nil when it says none, or none by SHA-256.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for one that is no SHA-256.
    static func announced(_ headers: HTTPFields) throws -> ContentDigest? {
        for text in names.compactMap({ headers[$0] }) {
            for member in text.split(separator: ",") {
                let parts = member.split(separator: "=", maxSplits: 1).map { $0.trimmed }
                guard parts.count == 2, parts[0].lowercased() == "sha-256" else { continue }
                guard parts[1].count > 2, parts[1].hasPrefix(":"), parts[1].hasSuffix(":"),
                    let bytes = Base64.decode(String(parts[1].dropFirst().dropLast())), bytes.count == 32
                else { throw MartletError(.invalidParameterValue, "The digest '\(text.prefix(100))' is no SHA-256") }
                return ContentDigest(hexadecimal: Hexadecimal.text(bytes))
            }
        }
        return nil
    }

    /// Whether the asker wants to know an artifact's SHA-256.
    static func isWanted(_ headers: HTTPFields) -> Bool {
        headers[.wantReprDigest]?.lowercased().contains("sha-256") ?? false
    }

    /// `digest` as a field's value.
    static func text(_ digest: ContentDigest) -> String {
        let digits = digest.hexadecimal.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        return "sha-256=:\(Base64.encode(bytes)):"
    }
}

extension HTTPField.Name {
    static let reprDigest = HTTPField.Name(validated: "Repr-Digest")
    static let contentDigest = HTTPField.Name(validated: "Content-Digest")
    static let wantReprDigest = HTTPField.Name(validated: "Want-Repr-Digest")
}

extension Substring {
    /// Without the spaces around it.
    fileprivate var trimmed: Substring {
        var text = self.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
