/// Percent-encoding of URLs (RFC 3986).
package enum PercentEncoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// `text` with everything encoded, in capitals, but letters, digits, `-._~`, and slashes where they are kept.
    package static func encode(_ text: String, keepsSlashes: Bool = false) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isUnreserved(byte) || keepsSlashes && byte == UInt8(ascii: "/") {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

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

    /// The same of a form's value, where `+` is a space.
    package static func decodeForm(_ text: some StringProtocol) -> String? {
        decode(String(text.map { $0 == "+" ? " " : $0 }))
    }

    /// The text after as many rounds of decoding as change it, each of which leaves a `%` without two hexadecimal digits
    /// as it is: what any reader might take it for.
    ///
    /// - Returns: nil when ten rounds are not enough, or the bytes are not UTF-8.
    package static func decodeToTheEnd(_ text: String) -> String? {
        var text = text
        for _ in 0..<10 {
            guard let decoded = decodeLeniently(text) else { return nil }
            if decoded.utf8.elementsEqual(text.utf8) { return text }
            text = decoded
        }
        return nil
    }

    private static func decodeLeniently(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = digit(bytes[index + 1]), let low = digit(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(validating: result, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }

    private static func digit(_ byte: UInt8?) -> UInt8? {
        byte.flatMap { Character(UnicodeScalar($0)).hexDigitValue }.map(UInt8.init)
    }
}
