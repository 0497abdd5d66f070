package import Crypto

/// The SHA-256 of some content, written `sha256:` and 64 hexadecimal characters.
package struct ContentDigest: Hashable, Sendable, CustomStringConvertible {
    private static let prefix = "sha256:"
    /// The 64 hexadecimal characters, not in capitals.
    package let hexadecimal: String

    /// The digest whose 64 characters are `hexadecimal`.
    package init(hexadecimal: String) {
        self.hexadecimal = hexadecimal
    }

    /// The digest written `sha256:` and 64 hexadecimal characters, in capitals or not; nil for another text.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        self.init(digits: text.dropFirst(Self.prefix.count))
    }

    /// The digest of 64 hexadecimal characters, in capitals or not; nil for another text.
    package init?(digits: some StringProtocol) {
        let isHexadecimal = digits.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
        }
        guard digits.utf8.count == 64, isHexadecimal else { return nil }
        hexadecimal = digits.lowercased()
    }

    /// The digest of `bytes`.
    package init(of bytes: some Sequence<UInt8>) {
        self.init(SHA256.hash(data: Array(bytes)))
    }

    /// The digest of a whole file at the end of hashing it.
    package init(_ digest: SHA256.Digest) {
        hexadecimal = Hexadecimal.text(digest)
    }

    package var description: String { Self.prefix + hexadecimal }
}
