import Database
import Kernel
import ObjectStore

/// Files that are about to get other content or to go: those of uploads that have all their bytes, and what is being
/// deleted, a whole folder perhaps.
enum ArtifactReplacements {
    /// How often whoever replaces something says that it goes on.
    static let renewalPause: Duration = .seconds(30)
    /// What nobody has said for so long was left by a crash. Clocks of servers may differ by most of it.
    private static let silenceMaxMs: Int64 = 180_000

    /// Notes that the file or folder `key` is being replaced; for the upload in parts `upload` where that is given.
    static func begin(
        _ id: String,
        _ key: ObjectKey,
        upload: String? = nil,
        at now: Timestamp,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO artifact_replacements (id, key, upload_id, seen_at, is_contested) VALUES ($1, $2, $3, $4, 0)
            """,
            [.text(id), .text(key.description), .text(upload), .integer(now.milliseconds)]
        )
    }

    /// Says that it goes on.
    static func renew(_ id: String, at now: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE artifact_replacements SET seen_at = $2 WHERE id = $1",
            [.text(id), .integer(now.milliseconds)]
        )
    }

    /// Ends a replacement of `key`; answers whether it had all of that to itself, so that what it stored is what lies
    /// there.
    ///
    /// Others that go on are told the same here, when they end: so nobody has to look for them at the beginning.
    static func end(_ id: String, of key: ObjectKey, on connection: any SQLConnection) throws -> Bool {
        let others = try connection.execute(
            """
            UPDATE artifact_replacements SET is_contested = 1
            WHERE id <> $1 AND (key = $2 OR (key > $3 AND key < $4))
            """,
            [.text(id), .text(key.description), .text("\(key)/"), .text("\(key)0")]
        )
        let isContested = try connection.first(
            "DELETE FROM artifact_replacements WHERE id = $1 RETURNING is_contested",
            [.text(id)]
        ) { try $0.flag(0) }
        return others == 0 && isContested == false
    }

    /// Forgets what crashes left.
    static func removeSilent(at now: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM artifact_replacements WHERE seen_at <= $1", [oldest(at: now)])
    }

    /// Whether a file at one of `paths` below `folder` is being replaced, alone or with a folder that it is in.
    static func touch(
        _ paths: [String],
        below folder: ObjectKey,
        at now: Timestamp,
        on connection: any SQLConnection
    ) throws -> Bool {
        let above = atOrAbove(folder)
        let keys = try connection.query(
            "SELECT key FROM artifact_replacements WHERE seen_at > $1 AND ((key > $2 AND key < $3) OR key IN ("
                + .parameters(from: 4, count: above.count) + "))",
            [oldest(at: now), .text("\(folder)/"), .text("\(folder)0")] + above.map { .text($0) }
        ) { Array(try $0.text(0).utf8) }
        guard !keys.isEmpty else { return false }
        let replaced = Set(keys)
        guard above.allSatisfy({ !replaced.contains(Array($0.utf8)) }) else { return true }
        return paths.contains { path in
            let path = Array("\(folder)/\(path)/".utf8)
            return path.indices.contains { path[$0] == UInt8(ascii: "/") && replaced.contains(Array(path[..<$0])) }
        }
    }

    /// Whether the file `key` is being replaced, alone or with a folder that it is in.
    static func touch(_ key: ObjectKey, at now: Timestamp, on connection: any SQLConnection) throws -> Bool {
        let keys = atOrAbove(key)
        let found = try connection.first(
            "SELECT 1 FROM artifact_replacements WHERE seen_at > $1 AND key IN ("
                + .parameters(from: 2, count: keys.count) + ") LIMIT 1",
            [oldest(at: now)] + keys.map { .text($0) }
        ) { try $0.integer(0) }
        return found != nil
    }

    /// Whether the file of an upload in parts is about to appear.
    static func hasSealed(_ upload: String, at now: Timestamp, on connection: any SQLConnection) throws -> Bool {
        let found = try connection.first(
            "SELECT 1 FROM artifact_replacements WHERE upload_id = $1 AND seen_at > $2 LIMIT 1",
            [.text(upload), oldest(at: now)]
        ) { try $0.integer(0) }
        return found != nil
    }

    /// The key itself and those of the folders that it is in.
    private static func atOrAbove(_ key: ObjectKey) -> [String] {
        key.segments.indices.map { key.segments[...$0].joined(separator: "/") }
    }

    private static func oldest(at now: Timestamp) -> SQLValue {
        .integer(now.advanced(byMilliseconds: -silenceMaxMs).milliseconds)
    }
}
