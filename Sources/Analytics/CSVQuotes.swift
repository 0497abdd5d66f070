import Glibc

/// Follows the quotes of a CSV file to its end: DuckDB leaves out, without a word, all that stands behind a quote which
/// nothing closes.
package struct CSVQuotes {
    private static let quote = UInt8(ascii: "\"")

    /// The bytes that were read.
    private var position = 0
    private var byteBefore = UInt8(ascii: "\n")
    private var start = 0
    private var isOpen = false
    private var end = -1

    /// Before the first byte of a file.
    package init() {}

    /// Where the quote stands, counted from 1, that nothing has closed so far; nil where there is none.
    package var openAt: Int? { isOpen ? start + 1 : nil }

    /// Goes on with the next bytes.
    package mutating func read(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, let last = bytes.last else { return }
        var index = 0
        while let found = memchr(base + index, Int32(Self.quote), bytes.count - index) {
            index = UnsafeRawPointer(found) - base
            meet(at: position + index, after: index > 0 ? bytes[index - 1] : byteBefore)
            index += 1
        }
        position += bytes.count
        byteBefore = last
    }

    private mutating func meet(at place: Int, after byte: UInt8) {
        if isOpen {
            (isOpen, end) = (false, place)
        } else if place == end + 1, end >= 0 {
            // Two of them are one that belongs to the text.
            isOpen = true
        } else if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
            (isOpen, start) = (true, place)
        } else if place == 3, byte == 0xBF {
            // Behind a byte order mark.
            (isOpen, start) = (true, place)
        }
    }
}
