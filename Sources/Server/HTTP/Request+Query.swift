package import Hummingbird

extension Request {
    /// The query's names and values in order, `+` and percent-encoding undone; what can't be undone stands as it came.
    package var queryItems: [(name: String, value: String)] {
        guard let query = uri.query else { return [] }
        return query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decoded(parts[0]), parts.count > 1 ? Self.decoded(parts[1]) : "")
        }
    }

    /// The value of the query's last `name`; nil when there is none.
    package func queryValue(_ name: String) -> String? {
        queryItems.last { $0.name == name }?.value
    }

    private static func decoded(_ text: Substring) -> String {
        let plain = text.split(separator: "+", omittingEmptySubsequences: false).joined(separator: " ")
        return PercentEncoding.decode(plain) ?? plain
    }
}

/// Percent-encoding of URLs (RFC 3986).
package enum PercentEncoding {
    /// The text with each `%XX` undone; nil when one is malformed or the bytes are not UTF-8.
    package static func decode(_ text: some StringProtocol) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = digit(rest.next()), let low = digit(rest.next()) else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8?) -> UInt8? {
        byte.flatMap { Character(UnicodeScalar($0)).hexDigitValue }.map(UInt8.init)
    }
}
