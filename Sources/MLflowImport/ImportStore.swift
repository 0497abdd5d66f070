import Database

/// The SQL of how far the import of one source has come, and of what it brought.
struct ImportStore: Sendable {
    /// What is told apart by ids, and can be there already.
    enum SubjectKind: String, CaseIterable {
        case experiment
        case run
        case loggedModel = "logged_model"
        case registeredModel = "registered_model"
        case version = "model_version"
        case trace
        case webhook
    }

    /// The source's identity.
    let source: String

    /// Where the copying of a kind goes on, nil when it has come to its end.
    func cursor(_ kind: String, on connection: any SQLConnection) throws -> SourceCursor? {
        let found = try connection.first(
            "SELECT cursor, is_done FROM mlflow_import_cursors WHERE source = $1 AND kind = $2",
            [.text(source), .text(kind)]
        ) { row in (text: try row.text(0), isDone: try row.flag(1)) }
        guard let found else { return SourceCursor() }
        return found.isDone ? nil : try SourceCursor(found.text)
    }

    func setCursor(_ kind: String, _ cursor: SourceCursor?, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO mlflow_import_cursors (source, kind, cursor, is_done) VALUES ($1, $2, $3, $4)
            ON CONFLICT (source, kind) DO UPDATE SET cursor = excluded.cursor, is_done = excluded.is_done
            """,
            [.text(source), .text(kind), .text(cursor?.text ?? ""), .flag(cursor == nil)]
        )
    }

    /// Forgets how far the copying of some kinds has come, so that it begins at the beginning.
    func forgetCursors(of kinds: [ImportKind], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "DELETE FROM mlflow_import_cursors WHERE source = $1 AND kind = $2",
            kinds.map { [.text(source), .text($0.rawValue)] }
        )
    }

    /// Forgets how far all copying has come, so that the next import begins at the beginning.
    func forgetCursors(on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM mlflow_import_cursors WHERE source = $1", [.text(source)])
    }

    /// Notes that `ids` came from the source.
    func note(_ kind: SubjectKind, _ ids: [String], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "INSERT INTO mlflow_import_subjects (source, kind, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            ids.map { [.text(source), .text(kind.rawValue), .text($0)] }
        )
    }

    /// Those of `ids` that came from the source; at most 1,000 are asked for.
    func brought(_ kind: SubjectKind, among ids: [String], on connection: any SQLConnection) throws -> Set<String> {
        guard !ids.isEmpty else { return [] }
        return Set(
            try connection.query(
                "SELECT id FROM mlflow_import_subjects WHERE source = $1 AND kind = $2 AND id IN ("
                    + .parameters(from: 3, count: ids.count) + ")",
                [.text(source), .text(kind.rawValue)] + ids.map { .text($0) }
            ) { try $0.text(0) }
        )
    }

    /// What came from the source, in the order of the ids, after `last`.
    func page(_ kind: SubjectKind, after last: String, limit: Int, on connection: any SQLConnection) throws -> [String]
    {
        try connection.query(
            """
            SELECT id FROM mlflow_import_subjects WHERE source = $1 AND kind = $2 AND id > $3 ORDER BY id LIMIT
            """ + " " + .number(limit),
            [.text(source), .text(kind.rawValue), .text(last)]
        ) { try $0.text(0) }
    }
}
