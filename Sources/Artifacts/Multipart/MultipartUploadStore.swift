import Database
import Kernel
import ObjectStore

/// The SQL of uploads in parts.
enum MultipartUploadStore {
    static func insert(_ upload: MultipartUpload, at time: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO artifact_uploads (id, key, part_count, right_sha256, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .text(upload.id), .text(upload.key.description), .integer(Int64(upload.partCount)),
                .text(upload.right.hexadecimal), .integer(time.milliseconds), .integer(upload.expiresAt.milliseconds),
            ]
        )
    }

    static func find(_ id: String, on connection: any SQLConnection) throws -> MultipartUpload? {
        try connection.first(
            """
            SELECT id, key, part_count, right_sha256, expires_at, composition, completed_at FROM artifact_uploads
            WHERE id = $1
            """,
            [.text(id)]
        ) { row in
            MultipartUpload(
                id: try row.text(0),
                key: try ObjectKey.root.appending(decoded: try row.text(1)),
                partCount: Int(try row.integer(2)),
                right: ContentDigest(hexadecimal: try row.text(3)),
                expiresAt: Timestamp(milliseconds: try row.integer(4)),
                composition: try row.optionalText(5).map { ContentDigest(hexadecimal: $0) },
                completedAt: try row.optionalInteger(6).map { Timestamp(milliseconds: $0) }
            )
        }
    }

    /// The uploads that parts may be sent to at `time`.
    static func openIDs(at time: Timestamp, on connection: any SQLConnection) throws -> [String] {
        try connection.query(
            "SELECT id FROM artifact_uploads WHERE completed_at IS NULL AND expires_at > $1",
            [.integer(time.milliseconds)]
        ) { try $0.text(0) }
    }

    /// How many there are of them.
    static func openCount(at time: Timestamp, on connection: any SQLConnection) throws -> Int64 {
        try connection.first(openCount, [.integer(time.milliseconds)]) { try $0.integer(0) } ?? 0
    }

    static let openCount: SQLText =
        "SELECT COUNT(*) FROM artifact_uploads WHERE completed_at IS NULL AND expires_at > $1"

    /// The parts that have arrived, by their numbers.
    static func parts(of id: String, on connection: any SQLConnection) throws -> [UploadedPart] {
        try connection.query(
            "SELECT number, name, size_bytes, sha256 FROM artifact_upload_parts WHERE upload_id = $1 ORDER BY number",
            [.text(id)]
        ) { row in
            UploadedPart(
                number: Int(try row.integer(0)),
                name: try row.text(1),
                size: try row.integer(2),
                digest: ContentDigest(hexadecimal: try row.text(3))
            )
        }
    }

    /// Answers the name of the part that had the number before.
    static func setPart(_ part: UploadedPart, of id: String, on connection: any SQLConnection) throws -> String? {
        let replaced = try connection.first(
            "SELECT name FROM artifact_upload_parts WHERE upload_id = $1 AND number = $2",
            [.text(id), .integer(Int64(part.number))]
        ) { try $0.text(0) }
        try connection.execute(
            """
            INSERT INTO artifact_upload_parts (upload_id, number, name, size_bytes, sha256) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (upload_id, number) DO UPDATE SET name = excluded.name, size_bytes = excluded.size_bytes,
                sha256 = excluded.sha256
            """,
            [
                .text(id), .integer(Int64(part.number)), .text(part.name), .integer(part.size),
                .text(part.digest.hexadecimal),
            ]
        )
        return replaced
    }

    /// Notes what the file will be, just before it appears.
    static func seal(
        _ id: String,
        _ composition: ContentDigest,
        _ digest: ContentDigest,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE artifact_uploads SET composition = $2, sha256 = $3 WHERE id = $1",
            [.text(id), .text(composition.hexadecimal), .text(digest.hexadecimal)]
        )
    }

    /// Has parts be taken again, unless the file is there.
    static func unseal(_ id: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE artifact_uploads SET composition = NULL, sha256 = NULL WHERE id = $1 AND completed_at IS NULL",
            [.text(id)]
        )
    }

    static func complete(
        _ id: String,
        _ composition: ContentDigest,
        at time: Timestamp,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE artifact_uploads SET completed_at = $2, composition = $3 WHERE id = $1",
            [.text(id), .integer(time.milliseconds), .text(composition.hexadecimal)]
        )
    }

    /// Has the upload be over; its parts are still there.
    static func end(_ id: String, on connection: any SQLConnection) throws {
        try connection.execute("UPDATE artifact_uploads SET expires_at = 0 WHERE id = $1", [.text(id)])
    }

    static func deleteParts(of id: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM artifact_upload_parts WHERE upload_id = $1", [.text(id)])
    }

    static func delete(_ id: String, on connection: any SQLConnection) throws {
        try deleteParts(of: id, on: connection)
        try connection.execute("DELETE FROM artifact_uploads WHERE id = $1", [.text(id)])
    }

    /// Uploads whose time is over at `time`, at most `limit` after `id`, each with whether its file is there.
    static func expired(at time: Timestamp, after id: String, limit: Int, on connection: any SQLConnection) throws
        -> [(id: String, isComplete: Bool)]
    {
        try connection.query(
            """
            SELECT id, CASE WHEN completed_at IS NULL THEN 0 ELSE 1 END FROM artifact_uploads WHERE expires_at <= $1
                AND id > $2
            ORDER BY id LIMIT $3
            """,
            [.integer(time.milliseconds), .text(id), .integer(Int64(limit))]
        ) { (id: try $0.text(0), isComplete: try $0.flag(1)) }
    }

    /// How many uploads whose time is over at `time` were not finished.
    static func unfinishedCount(at time: Timestamp, on connection: any SQLConnection) throws -> Int {
        let count = try connection.first(
            "SELECT COUNT(*) FROM artifact_uploads WHERE completed_at IS NULL AND expires_at <= $1",
            [.integer(time.milliseconds)]
        ) { try $0.integer(0) }
        return Int(count ?? 0)
    }

    /// Uploads whose file is there and whose parts are too, at most `limit` after `id`.
    static func leftover(after id: String, limit: Int, on connection: any SQLConnection) throws -> [String] {
        try connection.query(
            """
            SELECT id FROM artifact_uploads WHERE completed_at IS NOT NULL AND id > $1
                AND EXISTS (SELECT 1 FROM artifact_upload_parts WHERE upload_id = artifact_uploads.id)
            ORDER BY id LIMIT $2
            """,
            [.text(id), .integer(Int64(limit))]
        ) { try $0.text(0) }
    }
}
