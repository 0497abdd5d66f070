import Database
import Kernel
import Tracking

/// The reads of ``ModelVersionStore``: rows first, then what hangs on them, in one statement each.
extension ModelVersionStore {
    /// The version that `text` (of `v`) selects, with its tags and aliases.
    static func one(_ text: SQLText, _ parameters: [SQLValue], on connection: any SQLConnection) throws
        -> ModelVersion?
    {
        let selection = SQLSelection(text: text, parameters: parameters)
        guard var version = try versions(selection, on: connection).first else { return nil }
        version.aliases = try connection.query(
            "SELECT alias FROM model_aliases WHERE name = $1 AND number = $2 ORDER BY alias",
            [.text(version.modelName), .integer(Int64(version.number))]
        ) { try $0.text(0) }
        return version
    }

    /// At most `limit` versions of a model after the first `offset`, newest first, with their tags and aliases.
    static func newest(_ name: String, _ limit: Int, offset: Int, on connection: any SQLConnection) throws
        -> [ModelVersion]
    {
        let page: SQLText = "WHERE v.name = $1 ORDER BY v.number DESC LIMIT "
        let selection = SQLSelection(
            text: page + .number(limit) + " OFFSET " + .number(offset),
            parameters: [.text(name)]
        )
        var versions = try versions(selection, on: connection)
        let rows = try connection.query(
            "SELECT number, alias FROM model_aliases WHERE name = $1 ORDER BY alias",
            [.text(name)]
        ) { row in (number: Int(try row.integer(0)), alias: try row.text(1)) }
        let aliases = Dictionary(grouping: rows, by: \.number)
        for index in versions.indices { versions[index].aliases = aliases[versions[index].number]?.map(\.alias) ?? [] }
        return versions
    }

    /// The versions that `selection` (of `v`) gives, in its order, with their tags and without their aliases.
    static func versions(_ selection: SQLSelection, on connection: any SQLConnection) throws -> [ModelVersion] {
        // The condition stands in a table of its own, so that the selection may begin with WHERE or ORDER BY.
        let from = "FROM " + (selection.from ?? "(SELECT * FROM model_versions WHERE is_deleted = 0) v ")
        var versions = try connection.query(columns + from + selection.text, selection.parameters, version)
        guard !versions.isEmpty else { return [] }
        let rows = try connection.query(
            "WITH page AS (SELECT v.name, v.number " + from + selection.text
                + """
                ) SELECT t.name, t.number, t.key, t.value
                FROM page p CROSS JOIN model_version_tags t WHERE t.name = p.name AND t.number = p.number
                ORDER BY t.key
                """,
            selection.parameters
        ) { row in
            (
                place: Place(name: try row.text(0), number: Int(try row.integer(1))),
                tag: Tag(key: try row.text(2), value: try row.text(3))
            )
        }
        guard !rows.isEmpty else { return versions }
        let tags = Dictionary(grouping: rows, by: \.place)
        for index in versions.indices {
            let place = Place(name: versions[index].modelName, number: versions[index].number)
            versions[index].tags = tags[place]?.map(\.tag) ?? []
        }
        return versions
    }

    private struct Place: Hashable {
        let name: String
        let number: Int
    }

    private static let columns: SQLText = """
        SELECT v.name, v.number, v.stage, v.created_at, v.updated_at, v.description, v.source, v.storage_location,
            v.run_id, v.run_link, v.logged_model_id, v.pin_digest, v.unpinned_reason, v.download_uri,
            v.pin_due_at
        """ + " "

    private static func version(_ row: borrowing SQLRow) throws -> ModelVersion {
        let runID = try row.text(8)
        return ModelVersion(
            modelName: try row.text(0),
            number: Int(try row.integer(1)),
            stage: try ModelStage(text: row.text(2)),
            createdAt: Timestamp(milliseconds: try row.integer(3)),
            updatedAt: Timestamp(milliseconds: try row.integer(4)),
            description: try row.optionalText(5),
            source: try row.text(6),
            storageLocation: try row.text(7),
            downloadURI: try row.text(13),
            runID: runID.isEmpty ? nil : RunID(runID),
            runLink: try row.text(9),
            loggedModelID: try row.optionalText(10).map { LoggedModelID($0) },
            pin: try pin(row)
        )
    }

    private static func pin(_ row: borrowing SQLRow) throws -> FilePin {
        if let digest = try row.optionalText(11) { return .pinned(ContentDigest(hexadecimal: digest)) }
        guard try row.optionalInteger(14) == nil else { return .pending(problem: try row.optionalText(12)) }
        return .unpinned(reason: try row.text(12))
    }
}
