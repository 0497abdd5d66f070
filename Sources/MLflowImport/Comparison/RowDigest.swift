import Crypto

/// How many rows there are, and one digest for all of them that does not depend on their order: the sum of their
/// SHA-256, as four numbers of 64 bits each. The same row twice counts twice.
package struct RowDigest: Hashable, Sendable {
    /// How many rows.
    package private(set) var count = 0
    private var words: [UInt64] = [0, 0, 0, 0]

    /// Takes in one row.
    mutating func add(_ row: CanonicalRow) {
        count += 1
        SHA256.hash(data: row.bytes).withUnsafeBytes { hash in
            for index in 0..<4 {
                words[index] &+= hash.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self).bigEndian
            }
        }
    }

    /// Takes in what another has taken in.
    mutating func add(contentsOf other: RowDigest) {
        count += other.count
        for index in 0..<4 { words[index] &+= other.words[index] }
    }

    /// The sum as 64 hexadecimal characters.
    package var hexadecimal: String {
        words.map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        .joined()
    }
}

/// A row as bytes that are the same on both sides: each value with its kind, texts with their length.
struct CanonicalRow {
    private(set) var bytes: [UInt8] = []

    /// A row of `texts`, to which more may be added.
    init(_ texts: String...) {
        for text in texts { add(text) }
    }

    mutating func add(_ text: String) {
        bytes.append(1)
        append(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func add(_ text: String?) {
        guard let text else { return bytes.append(0) }
        add(text)
    }

    mutating func add(_ number: Int64) {
        bytes.append(2)
        append(UInt64(bitPattern: number))
    }

    mutating func add(_ number: Int64?) {
        guard let number else { return bytes.append(0) }
        add(number)
    }

    mutating func add(_ flag: Bool) {
        bytes.append(flag ? 4 : 3)
    }

    /// One NaN and one zero, as a column of SQLite has them.
    mutating func add(_ value: Double) {
        bytes.append(value.isNaN ? 6 : 5)
        append(value.isNaN ? 0 : (value + 0).bitPattern)
    }

    private mutating func append(_ word: UInt64) {
        withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
