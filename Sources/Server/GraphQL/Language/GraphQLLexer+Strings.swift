/// Strings: on one line with escapes, or as blocks whose common indentation does not count.
extension GraphQLLexer {
    private static let quotes: [UInt8] = Array(#"""""#.utf8)

    mutating func string() throws(GraphQLError) -> GraphQLToken {
        let start = position
        if bytes[start...].starts(with: Self.quotes) { return try block() }
        position += 1
        var content: [UInt8] = []
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return GraphQLToken(kind: .string, text: String(decoding: content, as: UTF8.self), offset: start)
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): throw fault("Unterminated string.", at: position)
            case UInt8(ascii: "\\"): content += Array(String(try escape()).utf8)
            default:
                content.append(byte)
                position += 1
            }
        }
        throw fault("Unterminated string.", at: position)
    }

    private mutating func escape() throws(GraphQLError) -> Unicode.Scalar {
        let start = position
        position += 2
        switch peek(-1) {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicode(from: start)
        default: throw fault("Invalid character escape sequence.", at: start)
        }
    }

    /// `\uXXXX`, two of them for a surrogate pair, or `\u{…}`.
    private mutating func unicode(from start: Int) throws(GraphQLError) -> Unicode.Scalar {
        var value: UInt32?
        if peek() == UInt8(ascii: "{") {
            position += 1
            let digits = bytes[position...].prefix { $0 != UInt8(ascii: "}") }.prefix(9)
            position += digits.count + 1
            if peek(-1) == UInt8(ascii: "}") { value = Self.hexadecimal(digits) }
        } else {
            value = fourDigits()
            if let high = value, (0xD800...0xDBFF).contains(high) {
                value = nil
                if peek() == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") {
                    position += 2
                    if let low = fourDigits(), (0xDC00...0xDFFF).contains(low) {
                        value = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
                    }
                }
            }
        }
        guard let scalar = value.flatMap({ Unicode.Scalar($0) }) else {
            throw fault("Invalid Unicode escape sequence.", at: start)
        }
        return scalar
    }

    private mutating func fourDigits() -> UInt32? {
        let digits = bytes[min(position, bytes.count)...].prefix(4)
        position += digits.count
        return digits.count == 4 ? Self.hexadecimal(digits) : nil
    }

    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt32? {
        // A sign would be taken for part of the number.
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private mutating func block() throws(GraphQLError) -> GraphQLToken {
        let start = position
        position += 3
        var content: [UInt8] = []
        while position < bytes.count {
            let rest = bytes[position...]
            if rest.starts(with: Self.quotes) {
                position += 3
                let text = String(decoding: content, as: UTF8.self)
                return GraphQLToken(kind: .string, text: Self.dedented(text), offset: start)
            }
            if rest.first == UInt8(ascii: "\\"), rest.dropFirst().starts(with: Self.quotes) {
                content += Self.quotes
                position += 4
            } else {
                content.append(bytes[position])
                position += 1
            }
        }
        throw fault("Unterminated string.", at: position)
    }

    /// A block's content without what all lines but the first are indented by, and without blank lines around it.
    private static func dedented(_ text: String) -> String {
        var lines = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }.map { line in
            line.last == "\r" ? String(line.dropLast()) : String(line)
        }
        func indentation(_ line: String) -> Int { line.utf8.prefix { $0 == 0x20 || $0 == 0x09 }.count }
        let common = lines.dropFirst().filter { indentation($0) < $0.utf8.count }.map(indentation).min() ?? 0
        for index in lines.indices.dropFirst() {
            lines[index] = String(decoding: lines[index].utf8.dropFirst(common), as: UTF8.self)
        }
        func isBlank(_ line: String) -> Bool { indentation(line) == line.utf8.count }
        guard let first = lines.firstIndex(where: { !isBlank($0) }), let last = lines.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return lines[first...last].joined(separator: "\n")
    }
}
