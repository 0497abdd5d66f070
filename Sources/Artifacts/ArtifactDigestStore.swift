import Database
import Kernel
import ObjectStore

/// What was recorded of an artifact when its bytes were last seen.
struct RecordedDigest: Hashable, Sendable {
    /// The entity tag of the object that the digest is of: under another tag lies another object. Empty from before other
    /// content is put there until it is known which object lies there.
    let etag: String
    let size: Int64
    let digest: ContentDigest
    let recordedAt: Timestamp

    /// Whether it is known that the object lies there.
    var isSettled: Bool { !etag.isEmpty }
}

/// The SQL of digests.
enum ArtifactDigestStore {
    /// Records a digest; that of an upload is marked so, and the mark stays as long as the same bytes are found again.
    static func set(
        _ record: RecordedDigest,
        of key: ObjectKey,
        isUpload: Bool,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO artifact_digests (key, etag, size_bytes, sha256, recorded_at, is_upload)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (key) DO UPDATE SET etag = excluded.etag, size_bytes = excluded.size_bytes,
                sha256 = excluded.sha256, recorded_at = excluded.recorded_at,
                is_upload = CASE WHEN artifact_digests.sha256 = excluded.sha256 AND artifact_digests.is_upload = 1
                    THEN 1 ELSE excluded.is_upload END
            """,
            [
                .text(key.description), .text(record.etag), .integer(record.size), .text(record.digest.hexadecimal),
                .integer(record.recordedAt.milliseconds), .flag(isUpload),
            ]
        )
    }

    /// Notes that other content is about to lie at `key`.
    static func unsettle(_ key: ObjectKey, on connection: any SQLConnection) throws {
        try connection.execute("UPDATE artifact_digests SET etag = '' WHERE key = $1", [.text(key.description)])
    }

    /// Notes that of the file or folder `key` it is not known what lies there.
    static func unsettle(atOrBelow key: ObjectKey, on connection: any SQLConnection) throws {
        try unsettle(key, on: connection)
        try connection.execute("UPDATE artifact_digests SET etag = '' WHERE key > $1 AND key < $2", below(key))
    }

    /// The record of the file `key`.
    static func find(_ key: ObjectKey, on connection: any SQLConnection) throws -> RecordedDigest? {
        try connection.first(
            "SELECT key, etag, size_bytes, sha256, recorded_at FROM artifact_digests WHERE key = $1",
            [.text(key.description)],
            record
        )?.record
    }

    /// The records of all files below the folder `key`, by their keys' bytes.
    static func all(below key: ObjectKey, on connection: any SQLConnection) throws -> [[UInt8]: RecordedDigest] {
        let rows = try connection.query(
            "SELECT key, etag, size_bytes, sha256, recorded_at FROM artifact_digests WHERE key > $1 AND key < $2",
            below(key),
            record
        )
        return Dictionary(rows.map { (Array($0.key.utf8), $0.record) }) { first, _ in first }
    }

    /// Forgets the file or folder `key`.
    static func delete(atOrBelow key: ObjectKey, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM artifact_digests WHERE key = $1", [.text(key.description)])
        try connection.execute("DELETE FROM artifact_digests WHERE key > $1 AND key < $2", below(key))
    }

    /// Forgets what was recorded of the folder `key` until `time`.
    static func delete(atOrBelow key: ObjectKey, recordedUntil time: Timestamp, on connection: any SQLConnection) throws
    {
        try connection.execute(
            "DELETE FROM artifact_digests WHERE (key = $3 OR (key > $1 AND key < $2)) AND recorded_at <= $4",
            below(key) + [.text(key.description), .integer(time.milliseconds)]
        )
    }

    static func count(below key: ObjectKey, on connection: any SQLConnection) throws -> Int {
        let count = try connection.first(
            "SELECT COUNT(*) FROM artifact_digests WHERE key > $1 AND key < $2",
            below(key)
        ) { try $0.integer(0) }
        return Int(count ?? 0)
    }

    /// Uploads in the order of their keys.
    static func page(after key: String, limit: Int, on connection: any SQLConnection) throws -> [RecordedFile] {
        try connection.query(
            "SELECT key, recorded_at FROM artifact_digests WHERE key > $1 AND is_upload = 1 ORDER BY key LIMIT $2",
            [.text(key), .integer(Int64(limit))]
        ) { RecordedFile(key: try $0.text(0), recordedAt: Timestamp(milliseconds: try $0.integer(1))) }
    }

    /// The first and the last keys, at most `count` of each.
    static func sample(_ count: Int, on connection: any SQLConnection) throws -> [String] {
        let limit: [SQLValue] = [.integer(Int64(count))]
        return try connection.query("SELECT key FROM artifact_digests ORDER BY key LIMIT $1", limit) {
            try $0.text(0)
        }
            + connection.query("SELECT key FROM artifact_digests ORDER BY key DESC LIMIT $1", limit) {
                try $0.text(0)
            }
    }

    /// The keys between which all that lies in a folder lies: 0 is the character after the slash.
    private static func below(_ key: ObjectKey) -> [SQLValue] {
        [.text("\(key)/"), .text("\(key)0")]
    }

    private static func record(_ row: borrowing SQLRow) throws -> (key: String, record: RecordedDigest) {
        (
            try row.text(0),
            RecordedDigest(
                etag: try row.text(1),
                size: try row.integer(2),
                digest: ContentDigest(hexadecimal: try row.text(3)),
                recordedAt: Timestamp(milliseconds: try row.integer(4))
            )
        )
    }
}
