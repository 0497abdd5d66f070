/// A place in the bytes of a JSON text, for readers that know what they expect there.
///
/// It answers false or nil for whatever else it finds, right or wrong: then the text is read again from its start by
/// ``JSON``, which takes everything and says what is wrong. So nothing here makes an error message.
package struct ByteCursor {
    // The memory is the request's and outlives the cursor: readers are used inside the closure that lends it. Every
    // access is checked against `end` here, for in a release build the buffer does not check.
    private let bytes: UnsafeRawBufferPointer
    private(set) var position: Int
    let end: Int

    /// The start of `bytes`.
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.init(bytes, 0..<bytes.count)
    }

    /// The start of a part of `bytes`, at whose end the text ends.
    init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "a cursor stays in its bytes")
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// Whether nothing but white space is left.
    package mutating func isAtEnd() -> Bool {
        skipSpace()
        return position == end
    }

    /// The byte here, after white space; 0, which begins no token, at the end.
    @inline(__always)
    mutating func peek() -> UInt8 {
        skipSpace()
        return position < end ? bytes[position] : 0
    }

    /// Steps over `byte` and white space before it, if it is next.
    @inline(__always)
    package mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    @inline(__always)
    private mutating func skipSpace() {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// Where the characters of the string here lie, if it has neither escapes nor control characters.
    ///
    /// They need not be UTF-8: that follows where they are equal to a text of ours.
    package mutating func string() -> Range<Int>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = position
        while position < end {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return start..<position - 1
            case UInt8(ascii: "\\"), 0..<0x20: return nil
            default: position += 1
            }
        }
        return nil
    }

    /// Steps over the value here, an object or an array by its brackets alone; answers where it lies.
    ///
    /// What is in the brackets is not checked: whoever reads it must do so to the end of the range.
    mutating func skipValue() -> Range<Int>? {
        let first = peek()
        let start = position
        switch first {
        case UInt8(ascii: "\""): return string() == nil ? nil : start..<position
        case UInt8(ascii: "["), UInt8(ascii: "{"): return skipBrackets(from: start)
        default: return number() == nil ? nil : start..<position
        }
    }

    private mutating func skipBrackets(from start: Int) -> Range<Int>? {
        var depth = 0
        while position < end {
            switch bytes[position] {
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                position += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                position += 1
                if depth == 0 { return start..<position }
            case UInt8(ascii: "\""):
                guard string() != nil else { return nil }
            default: position += 1
            }
        }
        return nil
    }

    /// Whether the bytes in `range` are those of `text`.
    package func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<range.count where bytes[range.lowerBound + index] != text.utf8Start[index] { return false }
        return true
    }

    /// The bytes in `range`, where they are.
    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    /// The bytes in `range` as text; nil when they are not UTF-8.
    package func text(_ range: Range<Int>) -> String? {
        let slice = slice(range)
        // The validating initializer is generic and slow; ASCII, nearly all there is, needs none.
        guard slice.allSatisfy({ $0 < 0x80 }) else { return String(validating: slice, as: UTF8.self) }
        return String(decoding: slice.assumingMemoryBound(to: UInt8.self), as: UTF8.self)
    }

    /// A step over a byte that was peeked at.
    @inline(__always)
    mutating func step() { position += 1 }

    /// The byte at `position` without looking for white space; 0 at the end.
    @inline(__always)
    var here: UInt8 { position < end ? bytes[position] : 0 }
}
