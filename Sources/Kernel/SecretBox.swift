import Crypto
import FoundationEssentials

/// Seals secrets that must be read again, so that a copy of the database alone tells nobody what they are.
///
/// AES-256 in Galois/Counter Mode (NIST SP 800-38D) with a random nonce for each secret.
package struct SecretBox: Sendable {
    /// The bytes of a key.
    package static let keyBytes = 32
    private let key: SymmetricKey

    /// A box that `key`, of ``keyBytes`` bytes, opens.
    package init(key: [UInt8]) {
        precondition(key.count == Self.keyBytes)
        self.key = SymmetricKey(data: key)
    }

    /// A box that opens only with this one's key and `passphrase` together (RFC 5869).
    package func mixed(with passphrase: String) -> SecretBox {
        SecretBox(
            key: HKDF<SHA256>.deriveKey(
                inputKeyMaterial: key,
                salt: Array(passphrase.utf8),
                info: Array("passphrase".utf8),
                outputByteCount: Self.keyBytes
            )
        )
    }

    private init(key: SymmetricKey) {
        self.key = key
    }

    /// `secret`, sealed, as base64.
    package func seal(_ secret: String) -> String {
        // Fails for a key of another size alone, which the initializer refuses.
        guard let sealed = try? AES.GCM.seal(Array(secret.utf8), using: key), let bytes = sealed.combined else {
            preconditionFailure("a key of 32 bytes seals")
        }
        return Base64.encode(Array(bytes))
    }

    /// What ``seal(_:)`` was given; nil when another key sealed it, or it was changed.
    package func open(_ sealed: String) -> String? {
        guard let bytes = Base64.decode(sealed), let box = try? AES.GCM.SealedBox(combined: bytes),
            let secret = try? AES.GCM.open(box, using: key)
        else { return nil }
        return String(validating: secret, as: UTF8.self)
    }
}
