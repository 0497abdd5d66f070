/// Writes JSON text piece by piece into one buffer, commas placed by itself.
///
/// Not finite numbers are written as MLflow writes them: the strings `"NaN"`, `"Infinity"`, `"-Infinity"`.
package struct JSONWriter: Sendable {
    /// What has been written, UTF-8.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// An empty text with room for `capacity` bytes.
    package init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// An object whose members `body` writes.
    package mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        begin(UInt8(ascii: "{"))
        try body(&self)
        end(UInt8(ascii: "}"))
    }

    /// An array whose elements `body` writes.
    package mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        begin(UInt8(ascii: "["))
        try body(&self)
        end(UInt8(ascii: "]"))
    }

    /// A member's name; its value must follow.
    package mutating func name(_ name: StaticString) {
        append(piece: needsComma ? ",\"" : "\"")
        append(piece: name)
        append(piece: "\":")
        needsComma = false
    }

    /// A member's name that is data; its value must follow.
    package mutating func name(data name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A string.
    package mutating func value(_ text: String) {
        separate()
        quote(text)
        needsComma = true
    }

    /// A whole number.
    package mutating func value(_ number: Int64) {
        separate()
        appendInteger(number)
        needsComma = true
    }

    /// A whole number.
    package mutating func value(_ number: Int) {
        value(Int64(number))
    }

    /// A number in the fewest digits that read back the same.
    package mutating func value(_ number: Double) {
        separate()
        appendNumber(number)
        needsComma = true
    }

    /// A number in the fewest digits that read back the same single-precision number.
    package mutating func value(_ number: Float) {
        separate()
        if number.isFinite {
            append(number.description)
        } else {
            appendNumber(Double(number))
        }
        needsComma = true
    }

    /// `true` or `false`.
    package mutating func value(_ flag: Bool) {
        separate()
        append(piece: flag ? "true" : "false")
        needsComma = true
    }

    /// `null`.
    package mutating func null() {
        separate()
        append(piece: "null")
        needsComma = true
    }

    /// JSON text written elsewhere, taken as it is.
    package mutating func raw(_ json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// `{"key":…,"value":…}` of the UTF-8 in `key` and `text`, in as few pieces as can be: runs have many of them.
    package mutating func keyValue(utf8 key: Span<UInt8>, _ text: Span<UInt8>) {
        separate()
        append(piece: "{\"key\":")
        key.withUnsafeBufferPointer { quote($0) }
        append(piece: ",\"value\":")
        text.withUnsafeBufferPointer { quote($0) }
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    /// A value of no fixed shape, members in their order.
    package mutating func value(_ json: JSON) {
        switch json {
        case .null: null()
        case .boolean(let flag): value(flag)
        case .integer(let number): value(number)
        case .number(let number): value(number)
        case .string(let text): value(text)
        case .array(let elements): array { writer in for element in elements { writer.value(element) } }
        case .object(let object):
            self.object { writer in
                for member in object.members {
                    writer.name(data: member.name)
                    writer.value(member.value)
                }
            }
        }
    }
}

extension JSONWriter {
    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func append(piece text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private mutating func appendInteger(_ number: Int64) {
        // The digits from behind; a sign and 19 of them are the most there can be.
        var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "-"))
        var rest = number.magnitude
        var start = digits.count
        repeat {
            start -= 1
            digits[start] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        } while rest > 0
        if number < 0 { start -= 1 }
        digits.span.extracting(start..<digits.count).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    private mutating func appendNumber(_ number: Double) {
        if number.isNaN {
            append(piece: "\"NaN\"")
        } else if number.isInfinite {
            append(piece: number < 0 ? "\"-Infinity\"" : "\"Infinity\"")
        } else {
            append(number.description)
        }
    }

    private mutating func quote(_ text: String) {
        var text = text
        text.withUTF8 { quote($0) }
    }

    private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        // Most texts have nothing to escape, which a look at all bytes finds out faster than one at each.
        if text.reduce(false, { $0 || mustEscape($1) }) {
            for byte in text { if mustEscape(byte) { escape(byte) } else { bytes.append(byte) } }
        } else {
            bytes.append(contentsOf: text)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x22, 0x5C: bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            append(piece: "u00")
            append(Hexadecimal.text([byte]))
        }
    }
}

extension JSON {
    /// The text of the value, members in their order, no spaces.
    package var text: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The one text that is hashed: members sorted by name (code points), no spaces, shortest round-trip numbers.
    package var canonicalText: String { sorted.text }

    private var sorted: JSON {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .object(let object):
            .object(
                JSONObject(
                    object.members
                        .sorted { $0.name.unicodeScalars.lexicographicallyPrecedes($1.name.unicodeScalars) }
                        .map { ($0.name, $0.value.sorted) }
                )
            )
        default: self
        }
    }
}
