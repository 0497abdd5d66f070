package import Kernel

/// What stands for a user in a request, as it is kept: without the secret.
package struct AccessToken: Sendable {
    /// Its name for people and machines, 32 hexadecimal characters; no secret.
    package let id: String
    /// The name of the user that it stands for.
    package let user: String
    /// When it was made.
    package let createdAt: Timestamp
    /// When it was revoked; nil while it is good.
    package let revokedAt: Timestamp?
}

/// A token at the one moment at which its secret is known.
package struct NewAccessToken: Sendable {
    /// What is kept of it.
    package let token: AccessToken
    /// What the user sends: `martlet_` and 64 hexadecimal characters of 256 random bits.
    package let secret: String
}

/// What a user may be called.
enum UserRules {
    private static let lengthMax = 100
    /// Names of those who act without a token.
    private static let reserved: Set = ["local", "anonymous", "martlet"]

    static func check(_ name: String) throws {
        guard !name.isEmpty, name.utf8.count <= lengthMax, name.utf8.allSatisfy(isAllowed) else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid user name '\(name.prefix(lengthMax))'. It must be 1 to \(lengthMax) letters, digits and"
                    + " characters of '.-_@+'."
            )
        }
        guard !reserved.contains(name.lowercased()) else {
            throw MartletError(
                .invalidParameterValue,
                "The user name '\(name)' is reserved for those who act without a token. Choose another."
            )
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: ".-_@+".utf8.contains(byte)
        }
    }
}
