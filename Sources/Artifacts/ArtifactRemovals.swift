package import Database
package import Kernel
package import ObjectStore

/// Folders that nothing needs any more, from the transaction that decided so until their files are gone.
package enum ArtifactRemovals {
    /// Asks for the removal of folders; asking twice is the same as once.
    ///
    /// - Throws: ``DatabaseError``.
    package static func request(_ folders: [ObjectKey], at time: Timestamp, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "INSERT INTO artifact_removals (key, requested_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            folders.map { [.text($0.description), .integer(time.milliseconds)] }
        )
    }

    /// Takes back what was asked for: all of `folders`, those that hold one and those that are in one, are needed again.
    ///
    /// - Throws: ``DatabaseError``.
    package static func withdraw(_ folders: [ObjectKey], on connection: any SQLConnection) throws {
        guard !folders.isEmpty, try !pending(after: "", limit: 1, on: connection).isEmpty else { return }
        let atOrAbove = folders.flatMap { folder in
            folder.segments.indices.map { [SQLValue.text(folder.segments[...$0].joined(separator: "/"))] }
        }
        try connection.executeBatch("DELETE FROM artifact_removals WHERE key = $1", atOrAbove)
        try connection.executeBatch(
            "DELETE FROM artifact_removals WHERE key > $1 AND key < $2",
            folders.map { [.text("\($0)/"), .text("\($0)0")] }
        )
    }

    /// Whether the folder, one that holds it, or one that is in it is about to be removed.
    ///
    /// - Throws: ``DatabaseError``.
    package static func touch(_ folder: ObjectKey, on connection: any SQLConnection) throws -> Bool {
        let segments = folder.segments
        let above = segments.indices.map { SQLValue.text(segments[...$0].joined(separator: "/")) }
        let found = try connection.first(
            "SELECT 1 FROM artifact_removals WHERE (key > $1 AND key < $2) OR key IN ("
                + .parameters(from: 3, count: above.count) + ") LIMIT 1",
            [.text("\(folder)/"), .text("\(folder)0")] + above
        ) { try $0.integer(0) }
        return found != nil
    }

    /// Those of `folders` that are about to be removed.
    ///
    /// - Throws: ``DatabaseError``.
    package static func requested(_ folders: [ObjectKey], on connection: any SQLConnection) throws -> Set<ObjectKey> {
        guard !folders.isEmpty else { return [] }
        let keys = try connection.query(
            "SELECT key FROM artifact_removals WHERE key IN (" + .parameters(from: 1, count: folders.count) + ")",
            folders.map { .text($0.description) }
        ) { try ObjectKey.root.appending(decoded: try $0.text(0)) }
        return Set(keys)
    }

    /// The first folders that wait, in the order of their keys.
    static func pending(after key: String, limit: Int, on connection: any SQLConnection) throws -> [String] {
        try connection.query(
            "SELECT key FROM artifact_removals WHERE key > $1 ORDER BY key LIMIT $2",
            [.text(key), .integer(Int64(limit))]
        ) { try $0.text(0) }
    }

    /// Answers whether it was still waiting.
    static func finish(_ folder: ObjectKey, on connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM artifact_removals WHERE key = $1", [.text(folder.description)]) > 0
    }
}
