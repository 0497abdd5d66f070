import Database
import Kernel

/// The SQL of references.
enum ReferenceStore {
    /// Keeps `profile` in place of what was kept for a version of that name and number.
    static func replace(_ profile: ReferenceProfile, on connection: any SQLConnection) throws {
        let key: [SQLValue] = [.text(profile.version.modelName), .integer(Int64(profile.version.number))]
        try connection.execute(
            "DELETE FROM monitoring_reference_columns WHERE model_name = $1 AND model_version = $2",
            key
        )
        try connection.execute(
            """
            INSERT INTO monitoring_references (model_name, model_version, version_created_at, captured_at, row_count)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (model_name, model_version) DO UPDATE SET
                version_created_at = excluded.version_created_at,
                captured_at = excluded.captured_at,
                row_count = excluded.row_count
            """,
            key + [
                .integer(profile.version.createdAt.milliseconds), .integer(profile.capturedAt.milliseconds),
                .integer(Int64(profile.rowCount)),
            ]
        )
        try connection.executeBatch(
            """
            INSERT INTO monitoring_reference_columns (model_name, model_version, position, name, document, sample)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            profile.columns.enumerated().map { position, column in
                let document = column.document
                return key + [
                    .integer(Int64(position)), .text(column.name), .text(document.text), .blob(document.sample),
                ]
            }
        )
    }

    /// What is kept for `version`; nil when nothing is, or only for an older version of the same name and number.
    static func find(_ version: MonitoredVersion, on connection: any SQLConnection) throws -> ReferenceProfile? {
        let key: [SQLValue] = [.text(version.modelName), .integer(Int64(version.number))]
        let found = try connection.first(
            """
            SELECT captured_at, row_count FROM monitoring_references
            WHERE model_name = $1 AND model_version = $2 AND version_created_at = $3
            """,
            key + [.integer(version.createdAt.milliseconds)]
        ) { row in (Timestamp(milliseconds: try row.integer(0)), Int(try row.integer(1))) }
        guard let (capturedAt, rowCount) = found else { return nil }
        let columns = try connection.query(
            """
            SELECT name, document, sample FROM monitoring_reference_columns
            WHERE model_name = $1 AND model_version = $2 ORDER BY position
            """,
            key
        ) { row in try ReferenceColumn(name: row.text(0), document: row.text(1), sample: row.blob(2)) }
        return ReferenceProfile(version: version, capturedAt: capturedAt, rowCount: rowCount, columns: columns)
    }
}
