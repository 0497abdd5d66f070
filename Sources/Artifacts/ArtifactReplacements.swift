package import Database
package import Kernel
package import ObjectStore

/// Files whose content is about to be replaced by an upload that has all its bytes.
package enum ArtifactReplacements {
    /// No upload takes as long to appear; what is older was left by a crash.
    private static let ageMaxMs: Int64 = 3600 * 1000

    /// Whether a file in the folder is being replaced.
    ///
    /// - Throws: ``DatabaseError``.
    package static func touch(_ folder: ObjectKey, at now: Timestamp, on connection: any SQLConnection) throws -> Bool {
        let found = try connection.first(
            "SELECT 1 FROM artifact_replacements WHERE key > $1 AND key < $2 AND started_at > $3 LIMIT 1",
            [.text("\(folder)/"), .text("\(folder)0"), .integer(oldest(at: now))]
        ) { try $0.integer(0) }
        return found != nil
    }

    static func begin(_ id: String, _ key: ObjectKey, at now: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM artifact_replacements WHERE started_at <= $1",
            [.integer(oldest(at: now))]
        )
        let others = try connection.execute(
            "UPDATE artifact_replacements SET is_contested = 1 WHERE key = $1",
            [.text(key.description)]
        )
        try connection.execute(
            "INSERT INTO artifact_replacements (id, key, started_at, is_contested) VALUES ($1, $2, $3, $4)",
            [.text(id), .text(key.description), .integer(now.milliseconds), .flag(others > 0)]
        )
    }

    /// Ends a replacement; answers whether it had the file to itself, so that what it stored is what lies there.
    static func end(_ id: String, on connection: any SQLConnection) throws -> Bool {
        let sole = try connection.execute(
            "DELETE FROM artifact_replacements WHERE id = $1 AND is_contested = 0",
            [.text(id)]
        )
        try connection.execute("DELETE FROM artifact_replacements WHERE id = $1", [.text(id)])
        return sole > 0
    }

    private static func oldest(at now: Timestamp) -> Int64 {
        now.advanced(byMilliseconds: -ageMaxMs).milliseconds
    }
}
