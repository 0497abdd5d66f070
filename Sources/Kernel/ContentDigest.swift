package import Crypto

/// The SHA-256 of some content, written `sha256:` and 64 hexadecimal characters.
package struct ContentDigest: Hashable, Sendable, CustomStringConvertible {
    /// The 64 hexadecimal characters.
    package let hexadecimal: String

    /// The digest whose 64 characters are `hexadecimal`.
    package init(hexadecimal: String) {
        self.hexadecimal = hexadecimal
    }

    /// The digest of `bytes`.
    package init(of bytes: some Sequence<UInt8>) {
        self.init(SHA256.hash(data: Array(bytes)))
    }

    /// The digest of a whole file at the end of hashing it.
    package init(_ digest: SHA256.Digest) {
        hexadecimal = Hexadecimal.text(digest)
    }

    package var description: String { "sha256:" + hexadecimal }
}
