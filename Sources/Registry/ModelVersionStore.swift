import Database
import Kernel
import ObjectStore
import Tracking

/// The SQL of model versions, their tags and files.
///
/// A deleted version keeps its row, so that its number stays taken; every query here but for numbers leaves it out.
enum ModelVersionStore {
    static func insert(_ version: ModelVersion, files: [PinnedFile], on connection: any SQLConnection) throws {
        let (digest, reason): (String?, String?) =
            switch version.pin {
            case .pinned(let digest): (digest.hexadecimal, nil)
            case .pending(let problem): (nil, problem)
            case .unpinned(let reason): (nil, reason)
            }
        let isPending = if case .pending = version.pin { true } else { false }
        try connection.execute(
            """
            INSERT INTO model_versions (name, number, stage, is_deleted, created_at, updated_at, description, source,
                storage_location, download_uri, run_id, run_link, logged_model_id, pin_digest, unpinned_reason,
                artifact_folder, pin_due_at)
            VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """,
            [
                .text(version.modelName), .integer(Int64(version.number)), .text(version.stage.rawValue),
                .integer(version.createdAt.milliseconds), .integer(version.updatedAt.milliseconds),
                .text(version.description), .text(version.source), .text(version.storageLocation),
                .text(version.downloadURI), .text(version.runID?.text ?? ""), .text(version.runLink),
                .text(version.loggedModelID?.text), .text(digest), .text(reason),
                .text(FilePinner.folder(version.storageLocation)?.description ?? ""),
                isPending ? .integer(version.createdAt.milliseconds) : .null,
            ]
        )
        try setTags(version.tags, of: version.modelName, version.number, on: connection)
        try insert(files, of: version, on: connection)
    }

    static func insert(_ files: [PinnedFile], of version: ModelVersion, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            INSERT INTO model_version_files (name, number, place, path, size_bytes, sha256)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            files.enumerated().map { place, file in
                [
                    .text(version.modelName), .integer(Int64(version.number)), .integer(Int64(place)),
                    .text(file.path), .integer(file.sizeBytes), .text(file.digest.hexadecimal),
                ]
            }
        )
    }

    static func find(_ name: String, _ number: Int, on connection: any SQLConnection) throws -> ModelVersion? {
        try one("WHERE v.name = $1 AND v.number = $2", [.text(name), .integer(Int64(number))], on: connection)
    }

    /// The digests of those of `versions`, at least one and at most 10,000, that are there and pinned.
    static func digests(of versions: ArraySlice<VersionNumber>, on connection: any SQLConnection) throws
        -> [VersionNumber: ContentDigest]
    {
        let rows = stride(from: 1, to: 2 * versions.count, by: 2).map { first -> SQLText in
            "(" + .parameter(first) + ", CAST(" + .parameter(first + 1) + " AS BIGINT))"
        }
        let found = try connection.query(
            "SELECT v.name, v.number, v.pin_digest FROM (VALUES " + rows.joined(separator: ", ")
                + """
                ) p CROSS JOIN model_versions v
                WHERE v.name = p.column1 AND v.number = p.column2 AND v.is_deleted = 0 AND v.pin_digest IS NOT NULL
                """,
            versions.flatMap { [.text($0.modelName), .integer(Int64($0.number))] }
        ) { row in
            let version = VersionNumber(modelName: try row.text(0), number: Int(try row.integer(1)))
            return (version, ContentDigest(hexadecimal: try row.text(2)))
        }
        return Dictionary(uniqueKeysWithValues: found)
    }

    /// The version with the highest number, in `stage` or in all stages.
    static func newest(_ name: String, in stage: ModelStage?, on connection: any SQLConnection) throws
        -> ModelVersion?
    {
        guard let stage else {
            return try one("WHERE v.name = $1 ORDER BY v.number DESC LIMIT 1", [.text(name)], on: connection)
        }
        return try one(
            "WHERE v.name = $1 AND v.stage = $2 ORDER BY v.number DESC LIMIT 1",
            [.text(name), .text(stage.rawValue)],
            on: connection
        )
    }

    /// The newest version in each stage of each of the models, in the order of the numbers.
    static func latest(of names: [String], on connection: any SQLConnection) throws -> [ModelVersion] {
        // One look into the index for each model and stage, however many versions there are; SQLite keeps the order
        // of a CROSS JOIN, so it never starts from the versions.
        let newest: SQLText = """
            (SELECT m.name AS name, (
                SELECT MAX(x.number) FROM model_versions x
                WHERE x.name = m.name AND x.stage = s.stage AND x.is_deleted = 0
            ) AS number
            FROM registered_models m CROSS JOIN (
                SELECT 'None' AS stage UNION ALL SELECT 'Staging' UNION ALL SELECT 'Production'
                UNION ALL SELECT 'Archived'
            ) s
            WHERE m.name IN (
            """
        let selection = SQLSelection(
            from: newest + .parameters(from: 1, count: names.count) + ")) n CROSS JOIN model_versions v ",
            text: "WHERE v.name = n.name AND v.number = n.number ORDER BY v.number",
            parameters: names.map { .text($0) }
        )
        return try versions(selection, on: connection)
    }

    /// Moves every other version of `stage` to the archive; answers their numbers.
    static func archive(
        _ name: String,
        in stage: ModelStage,
        except number: Int,
        at time: Timestamp,
        on connection: any SQLConnection
    ) throws -> [Int] {
        try connection.query(
            """
            UPDATE model_versions SET stage = 'Archived', updated_at = $4
            WHERE name = $1 AND stage = $2 AND number <> $3 AND is_deleted = 0 RETURNING number
            """,
            [.text(name), .text(stage.rawValue), .integer(Int64(number)), .integer(time.milliseconds)]
        ) { Int(try $0.integer(0)) }
        .sorted()
    }

    static func setStage(
        _ stage: ModelStage,
        _ version: ModelVersion,
        at time: Timestamp,
        on connection: any SQLConnection
    )
        throws
    {
        try connection.execute(
            "UPDATE model_versions SET stage = $3, updated_at = $4 WHERE name = $1 AND number = $2",
            key(version) + [.text(stage.rawValue), .integer(time.milliseconds)]
        )
    }

    /// Notes that the version has changed.
    static func touch(_ version: ModelVersion, at time: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE model_versions SET updated_at = $3 WHERE name = $1 AND number = $2",
            key(version) + [.integer(time.milliseconds)]
        )
    }

    static func setDescription(
        _ description: String?,
        _ version: ModelVersion,
        at time: Timestamp,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE model_versions SET description = $3, updated_at = $4 WHERE name = $1 AND number = $2",
            key(version) + [.text(description), .integer(time.milliseconds)]
        )
    }

    static func setRun(_ run: RunID?, _ version: ModelVersion, at time: Timestamp, on connection: any SQLConnection)
        throws
    {
        try connection.execute(
            "UPDATE model_versions SET run_id = $3, updated_at = $4 WHERE name = $1 AND number = $2",
            key(version) + [.text(run?.text), .integer(time.milliseconds)]
        )
    }

    /// Hides the version and forgets where it came from; its tags and files stay.
    static func delete(_ version: ModelVersion, at time: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE model_versions
            SET is_deleted = 1, updated_at = $3, description = NULL, source = 'REDACTED-SOURCE-PATH',
                run_id = 'REDACTED-RUN-ID', run_link = 'REDACTED-RUN-LINK', logged_model_id = NULL
            WHERE name = $1 AND number = $2
            """,
            key(version) + [.integer(time.milliseconds)]
        )
    }

    static func setTags(_ tags: [Tag], of name: String, _ number: Int, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            INSERT INTO model_version_tags (name, number, key, value) VALUES ($1, $2, $3, $4)
            ON CONFLICT (name, number, key) DO UPDATE SET value = excluded.value
            """,
            tags.map { [.text(name), .integer(Int64(number)), .text($0.key), .text($0.value)] }
        )
    }

    /// Answers whether the tag was there.
    static func deleteTag(_ key: String, of version: ModelVersion, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "DELETE FROM model_version_tags WHERE name = $1 AND number = $2 AND key = $3",
            self.key(version) + [.text(key)]
        ) > 0
    }

    /// The files of a version in the order of its manifest.
    static func files(of version: ModelVersion, on connection: any SQLConnection) throws -> [PinnedFile] {
        try connection.query(
            """
            SELECT path, size_bytes, sha256 FROM model_version_files WHERE name = $1 AND number = $2 ORDER BY place
            """,
            key(version)
        ) { row in
            PinnedFile(
                path: try row.text(0),
                sizeBytes: try row.integer(1),
                digest: ContentDigest(hexadecimal: try row.text(2))
            )
        }
    }

    static func key(_ version: ModelVersion) -> [SQLValue] {
        [.text(version.modelName), .integer(Int64(version.number))]
    }
}
