/// Where and why a text is not JSON.
package struct JSONSyntaxError: Error, Sendable, CustomStringConvertible {
    /// The byte, counted from 0, at which reading stopped.
    package let offset: Int
    /// What was found wrong there.
    package let reason: String

    package var description: String { "not valid JSON at byte \(offset): \(reason)" }
}

extension JSON {
    /// What to do with the words `NaN`, `Infinity` and `-Infinity`, which Python writes and the standard forbids.
    package enum NonFinite: Sendable {
        case refuse, accept
    }

    /// The value that `bytes` (UTF-8) spell.
    ///
    /// One pass; at most 128 levels deep.
    /// - Throws: ``JSONSyntaxError``.
    package static func parse(
        _ bytes: some Sequence<UInt8>,
        nonFinite: NonFinite = .refuse
    ) throws(JSONSyntaxError) -> JSON {
        let direct: Result<JSON, JSONSyntaxError>? = bytes.withContiguousStorageIfAvailable { buffer in
            parse(buffer, nonFinite)
        }
        let result = direct ?? Array(bytes).withUnsafeBufferPointer { parse($0, nonFinite) }
        return try result.get()
    }

    private static func parse(
        _ buffer: UnsafeBufferPointer<UInt8>,
        _ nonFinite: NonFinite
    ) -> Result<JSON, JSONSyntaxError> {
        var parser = JSONParser(UnsafeRawBufferPointer(buffer), nonFinite: nonFinite)
        return Result { () throws(JSONSyntaxError) in try parser.document() }
    }

    /// The value that `bytes` (UTF-8) spell, read in place.
    ///
    /// - Throws: ``JSONSyntaxError``.
    package static func parse(
        raw bytes: UnsafeRawBufferPointer,
        nonFinite: NonFinite = .refuse
    ) throws(JSONSyntaxError) -> JSON {
        var parser = JSONParser(bytes, nonFinite: nonFinite)
        return try parser.document()
    }
}

/// A recursive-descent reader over bytes that outlive it.
struct JSONParser {
    private static let depthMax = 128
    private let bytes: UnsafeRawBufferPointer
    private let nonFinite: JSON.NonFinite
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer, nonFinite: JSON.NonFinite) {
        self.bytes = bytes
        self.nonFinite = nonFinite
    }

    mutating func document() throws(JSONSyntaxError) -> JSON {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw fault("text after the value") }
        return value
    }

    private func fault(_ reason: String) -> JSONSyntaxError {
        JSONSyntaxError(offset: position, reason: reason)
    }

    private var current: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSON {
        skipSpace()
        guard let byte = current else { throw fault("the text ends where a value should be") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N") where nonFinite == .accept: return try word("NaN", .number(.nan))
        case UInt8(ascii: "I") where nonFinite == .accept: return try word("Infinity", .number(.infinity))
        case UInt8(ascii: "-"), 0x30...0x39: return try number()
        default: throw fault("a value can't begin with this character")
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSON) throws(JSONSyntaxError) -> JSON {
        let length = text.utf8CodeUnitCount
        guard bytes.count - position >= length,
            (0..<length).allSatisfy({ bytes[position + $0] == text.utf8Start[$0] })
        else { throw fault("expected \(text)") }
        position += length
        return value
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSON {
        guard depth < Self.depthMax else { throw fault("more than \(Self.depthMax) levels deep") }
        position += 1
        var members: [JSONObject.Member] = []
        skipSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            return .object(JSONObject(members: members))
        }
        while true {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw fault("expected a member's name in double quotes") }
            let name = try string()
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw fault("expected ':' after a member's name") }
            position += 1
            members.append(JSONObject.Member(name: name, value: try value(depth: depth + 1)))
            if try endsList(UInt8(ascii: "}")) { return .object(JSONObject(members: members)) }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSON {
        guard depth < Self.depthMax else { throw fault("more than \(Self.depthMax) levels deep") }
        position += 1
        var elements: [JSON] = []
        skipSpace()
        if current == UInt8(ascii: "]") {
            position += 1
            return .array(elements)
        }
        while true {
            elements.append(try value(depth: depth + 1))
            if try endsList(UInt8(ascii: "]")) { return .array(elements) }
        }
    }

    private mutating func endsList(_ close: UInt8) throws(JSONSyntaxError) -> Bool {
        skipSpace()
        switch current {
        case UInt8(ascii: ","):
            position += 1
            return false
        case close:
            position += 1
            return true
        default: throw fault("expected ',' or '\(Character(UnicodeScalar(close)))'")
        }
    }
}

// MARK: Strings

extension JSONParser {
    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        let start = position
        var union: UInt8 = 0
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                let text = try utf8(start..<position, isASCII: union < 0x80)
                position += 1
                return text
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case 0..<0x20: throw fault("a control character in a string must be escaped")
            default:
                union |= byte
                position += 1
            }
        }
        throw fault("the string has no end")
    }

    /// The text of some bytes. The validating initializer is generic and slow; ASCII, nearly all there is, needs none.
    private func utf8(_ range: Range<Int>, isASCII: Bool) throws(JSONSyntaxError) -> String {
        let slice = UnsafeRawBufferPointer(rebasing: bytes[range])
        if isASCII { return String(decoding: slice.assumingMemoryBound(to: UInt8.self), as: UTF8.self) }
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw fault("the string is not valid UTF-8")
        }
        return text
    }

    private mutating func escapedString(from start: Int) throws(JSONSyntaxError) -> String {
        var text: [UInt8] = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw fault("the string is not valid UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
            case 0..<0x20: throw fault("a control character in a string must be escaped")
            default: text.append(byte)
            }
        }
        throw fault("the string has no end")
    }

    private mutating func escape() throws(JSONSyntaxError) -> [UInt8] {
        guard let byte = current else { throw fault("the string has no end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(Character(try unicodeScalar())).utf8)
        default: throw fault("unknown escape")
        }
    }

    private mutating func unicodeScalar() throws(JSONSyntaxError) -> UnicodeScalar {
        let first = try hexadecimal()
        var code = UInt32(first)
        if (0xD800..<0xDC00).contains(first) {
            guard current == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u")
            else { throw fault("half of a surrogate pair") }
            position += 2
            let second = try hexadecimal()
            guard (0xDC00..<0xE000).contains(second) else { throw fault("half of a surrogate pair") }
            code = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        }
        guard let scalar = UnicodeScalar(code) else { throw fault("half of a surrogate pair") }
        return scalar
    }

    private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt16 {
        guard position + 4 <= bytes.count else { throw fault("expected four hexadecimal digits") }
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(UnicodeScalar(bytes[position])).hexDigitValue else {
                throw fault("expected four hexadecimal digits")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}

// MARK: Numbers

extension JSONParser {
    /// Powers of ten that a double holds exactly.
    private static let exactPowers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    private mutating func number() throws(JSONSyntaxError) -> JSON {
        let start = position
        let isNegative = current == UInt8(ascii: "-")
        if isNegative { position += 1 }
        if isNegative, nonFinite == .accept, current == UInt8(ascii: "I") {
            return try word("Infinity", .number(-.infinity))
        }
        var mantissa: UInt64 = 0
        var overflows = false
        let whole = digits(into: &mantissa, &overflows)
        guard whole > 0 else { throw fault("expected a digit") }
        guard whole == 1 || bytes[position - whole] != UInt8(ascii: "0") else {
            throw fault("a number can't begin with 0")
        }
        var fraction = 0
        var isWhole = true
        if current == UInt8(ascii: ".") {
            position += 1
            isWhole = false
            fraction = digits(into: &mantissa, &overflows)
            guard fraction > 0 else { throw fault("expected a digit after '.'") }
        }
        var exponent = 0
        if let byte = current, byte | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            exponent = try self.exponent()
        }
        if isWhole, !overflows, mantissa <= (isNegative ? Int64.min.magnitude : Int64.max.magnitude) {
            return .integer(Int64(truncatingIfNeeded: isNegative ? 0 &- mantissa : mantissa))
        }
        return .number(try double(start, isNegative, mantissa, exponent - fraction, isExact: !overflows))
    }

    private mutating func digits(into mantissa: inout UInt64, _ overflows: inout Bool) -> Int {
        let start = position
        while position < bytes.count, case let digit = bytes[position] &- 0x30, digit < 10 {
            let (tenfold, high) = mantissa.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(UInt64(digit))
            overflows = overflows || high || carry
            mantissa = sum
            position += 1
        }
        return position - start
    }

    private mutating func exponent() throws(JSONSyntaxError) -> Int {
        position += 1
        let isNegative = current == UInt8(ascii: "-")
        if isNegative || current == UInt8(ascii: "+") { position += 1 }
        var value: UInt64 = 0
        var overflows = false
        guard digits(into: &value, &overflows) > 0 else { throw fault("expected a digit in the exponent") }
        let size = overflows ? 100_000 : Int(min(value, 100_000))
        return isNegative ? -size : size
    }

    /// The double nearest to `mantissa` × 10^`exponent`.
    ///
    /// Exact for mantissas below 2^53 and powers up to 10^22 (Clinger, "How to read floating point numbers
    /// accurately", 1990); the standard library reads the others.
    private func double(
        _ start: Int,
        _ isNegative: Bool,
        _ mantissa: UInt64,
        _ exponent: Int,
        isExact: Bool
    ) throws(JSONSyntaxError) -> Double {
        if isExact, mantissa < 1 << 53, abs(exponent) <= 22 {
            let power = Self.exactPowers[abs(exponent)]
            let size = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return isNegative ? -size : size
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else { throw fault("the number is too large") }
        return value
    }
}
