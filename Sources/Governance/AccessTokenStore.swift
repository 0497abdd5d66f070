import Database
import Kernel

/// The SQL of tokens. The secret is never kept, only its SHA-256: it is 256 random bits, so that no slower hash is
/// needed against guessing.
enum AccessTokenStore {
    static func insert(_ token: AccessToken, hash: ContentDigest, on connection: any SQLConnection) throws {
        try connection.execute(
            "INSERT INTO access_tokens (id, user_name, secret_sha256, created_at) VALUES ($1, $2, $3, $4)",
            [.text(token.id), .text(token.user), .text(hash.hexadecimal), .integer(token.createdAt.milliseconds)]
        )
    }

    /// The token whose secret has this hash, unless it was revoked.
    static func find(hash: ContentDigest, on connection: any SQLConnection) throws -> AccessToken? {
        try connection.first(
            columns + "WHERE secret_sha256 = $1 AND revoked_at IS NULL",
            [.text(hash.hexadecimal)],
            token
        )
    }

    static func find(id: String, on connection: any SQLConnection) throws -> AccessToken? {
        try connection.first(columns + "WHERE id = $1", [.text(id)], token)
    }

    static func all(on connection: any SQLConnection) throws -> [AccessToken] {
        try connection.query(columns + "ORDER BY id", [], token)
    }

    static func hasAny(on connection: any SQLConnection) throws -> Bool {
        try connection.first("SELECT 1 FROM access_tokens WHERE revoked_at IS NULL LIMIT 1") { _ in true } ?? false
    }

    static func revoke(_ id: String, at time: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE access_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
            [.text(id), .integer(time.milliseconds)]
        )
    }

    private static let columns: SQLText = "SELECT id, user_name, created_at, revoked_at FROM access_tokens "

    private static func token(_ row: borrowing SQLRow) throws -> AccessToken {
        AccessToken(
            id: try row.text(0),
            user: try row.text(1),
            createdAt: Timestamp(milliseconds: try row.integer(2)),
            revokedAt: try row.optionalInteger(3).map { Timestamp(milliseconds: $0) }
        )
    }
}
