import Database
import Kernel
import Ledger
import ObjectStore

/// A version that needs a file of the artifact storage.
struct PinHolder: Sendable {
    /// The file's key.
    let key: String
    let modelName: String
    let number: Int
    /// What needs the version in turn, nil when nothing does.
    let user: Subject?
}

/// The SQL of the question which versions need a file of the artifact storage. Versions that are deleted need none.
enum PinnedFileStore {
    /// A version that is pinned to other bytes than those with `digest` at `key`; the first by name and number.
    static func holder(of key: ObjectKey, unless digest: ContentDigest, on connection: any SQLConnection) throws
        -> PinHolder?
    {
        let (places, parameters) = above(key)
        let text: SQLText =
            "SELECT v.name, v.number, v.artifact_folder, f.path FROM (VALUES " + places + ") p "
                + """
                CROSS JOIN model_versions v CROSS JOIN model_version_files f
                WHERE v.artifact_folder = p.column1 AND v.is_deleted = 0
                    AND f.name = v.name AND f.number = v.number AND f.path = p.column2 AND f.sha256 <>
                """ + " " + .parameter(parameters.count + 1) + " ORDER BY v.name, v.number LIMIT 1"
        return try holder(text, parameters + [.text(digest.hexadecimal)], on: connection)
    }

    /// A version that is pinned to the file `key`, or to one below the folder `key`.
    static func holder(atOrBelow key: ObjectKey, on connection: any SQLConnection) throws -> PinHolder? {
        let (places, parameters) = above(key)
        let folder = SQLText.parameter(parameters.count + 1)
        // Whatever continues `folder/` lies between that and `folder0`: 0 is the character after the slash.
        let text: SQLText =
            "SELECT v.name, v.number, v.artifact_folder, f.path FROM (VALUES " + places + ") p "
                + """
                CROSS JOIN model_versions v CROSS JOIN model_version_files f
                WHERE v.artifact_folder = p.column1 AND v.is_deleted = 0 AND f.name = v.name AND f.number = v.number
                    AND (f.path = p.column2
                        OR (f.path COLLATE "C" > p.column2 || '/' AND f.path COLLATE "C" < p.column2 || '0'))
                UNION ALL
                SELECT v.name, v.number, v.artifact_folder, f.path
                FROM model_versions v CROSS JOIN model_version_files f
                WHERE f.name = v.name AND f.number = v.number AND f.place = 0 AND v.is_deleted = 0
                    AND v.artifact_folder >=
                """ + " " + folder + " AND v.artifact_folder < " + folder + " || '0' AND (v.artifact_folder = " + folder
            + " OR v.artifact_folder > " + folder + " || '/') ORDER BY 1, 2 LIMIT 1"
        return try holder(text, parameters + [.text(key.description)], on: connection)
    }

    /// Notes the folders of versions of which they were not noted when they were registered.
    static func noteFolders(on connection: any SQLConnection) throws {
        let versions = try connection.query(
            """
            SELECT name, number, storage_location FROM model_versions
            WHERE artifact_folder IS NULL
            """,
            []
        ) { row in (name: try row.text(0), number: try row.integer(1), location: try row.text(2)) }
        try connection.executeBatch(
            "UPDATE model_versions SET artifact_folder = $3 WHERE name = $1 AND number = $2",
            versions.map { version in
                let folder = FilePinner.folder(version.location)?.description ?? ""
                return [.text(version.name), .integer(version.number), .text(folder)]
            }
        )
    }

    /// The ways to part `key` into a folder and a path below it, as rows of parameters from 1.
    ///
    /// The first row is of empty texts, which no version has, so that there always is one.
    private static func above(_ key: ObjectKey) -> (places: SQLText, parameters: [SQLValue]) {
        var parameters: [SQLValue] = [.text(""), .text("")]
        for count in 1..<max(1, key.segments.count) {
            parameters.append(.text(key.segments[..<count].joined(separator: "/")))
            parameters.append(.text(key.segments[count...].joined(separator: "/")))
        }
        let rows = stride(from: 1, to: parameters.count, by: 2).map { first -> SQLText in
            "(" + .parameters(from: first, count: 2) + ")"
        }
        return (rows.joined(separator: ", "), parameters)
    }

    private static func holder(_ text: SQLText, _ parameters: [SQLValue], on connection: any SQLConnection) throws
        -> PinHolder?
    {
        let found = try connection.first(text, parameters) { row in
            (name: try row.text(0), number: Int(try row.integer(1)), key: try row.text(2) + "/" + row.text(3))
        }
        guard let found else { return nil }
        let subject = ModelVersion.subject(found.name, found.number)
        return PinHolder(
            key: found.key,
            modelName: found.name,
            number: found.number,
            user: try InUseStore.holders(of: subject, on: connection).first
        )
    }
}
