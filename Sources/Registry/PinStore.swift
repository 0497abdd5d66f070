import Database
import Kernel
import ObjectStore

/// The SQL of pins that wait for the reading of their files. Versions that are deleted wait for nothing.
enum PinStore {
    /// Where a version stands that waits.
    typealias Place = (name: String, number: Int)

    /// Has the files of a version without a pin read at `time`, as if for the first time.
    static func queue(_ version: ModelVersion, at time: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE model_versions SET pin_due_at = $3, pin_attempts = 0, unpinned_reason = NULL
            WHERE name = $1 AND number = $2 AND pin_digest IS NULL AND is_deleted = 0
            """,
            ModelVersionStore.key(version) + [.integer(time.milliseconds)]
        )
    }

    /// The versions that are due at `time`, those that wait longest first.
    static func due(at time: Timestamp, limit: Int, on connection: any SQLConnection) throws -> [Place] {
        try connection.query(
            """
            SELECT name, number FROM model_versions WHERE pin_due_at <= $1 AND is_deleted = 0
            ORDER BY pin_due_at, name, number LIMIT $2
            """,
            [.integer(time.milliseconds), .integer(Int64(limit))]
        ) { row in (name: try row.text(0), number: Int(try row.integer(1))) }
    }

    /// How often the files of a version were read in vain.
    static func attempts(of version: ModelVersion, on connection: any SQLConnection) throws -> Int {
        let attempts = try connection.first(
            "SELECT pin_attempts FROM model_versions WHERE name = $1 AND number = $2",
            ModelVersionStore.key(version)
        ) { try $0.integer(0) }
        return Int(attempts ?? 0)
    }

    /// Notes an attempt in vain, and when the next is due.
    static func postpone(
        _ version: ModelVersion,
        to time: Timestamp,
        for problem: String?,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE model_versions SET pin_due_at = $3, pin_attempts = pin_attempts + 1, unpinned_reason = $4
            WHERE name = $1 AND number = $2 AND pin_due_at IS NOT NULL AND is_deleted = 0
            """,
            ModelVersionStore.key(version) + [.integer(time.milliseconds), .text(problem)]
        )
    }

    /// Gives a version its pin and its files, unless it has one; answers whether it got it.
    static func pin(
        _ version: ModelVersion,
        to digest: ContentDigest,
        _ files: [PinnedFile],
        on connection: any SQLConnection
    ) throws -> Bool {
        let changed = try connection.execute(
            """
            UPDATE model_versions
            SET pin_digest = $3, unpinned_reason = NULL, pin_due_at = NULL, artifact_folder = $4
            WHERE name = $1 AND number = $2 AND pin_digest IS NULL AND is_deleted = 0
            """,
            ModelVersionStore.key(version) + [
                .text(digest.hexadecimal), .text(FilePinner.folder(version.storageLocation)?.description ?? ""),
            ]
        )
        if changed == 1 { try ModelVersionStore.insert(files, of: version, on: connection) }
        return changed == 1
    }

    /// Gives up a version that waits; answers whether it did.
    static func fail(_ version: ModelVersion, _ reason: String, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE model_versions SET pin_due_at = NULL, unpinned_reason = $3
            WHERE name = $1 AND number = $2 AND pin_due_at IS NOT NULL AND is_deleted = 0
            """,
            ModelVersionStore.key(version) + [.text(reason)]
        ) == 1
    }
}
