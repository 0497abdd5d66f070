package import Database

/// What may not be removed because something else needs it.
package enum InUseStore {
    /// Notes that `holder` needs `subject`; noting it twice is the same as once.
    ///
    /// - Throws: ``DatabaseError``.
    package static func add(_ subject: Subject, heldBy holder: Subject, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO in_use_edges (subject_kind, subject_id, holder_kind, holder_id) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
            """,
            [.text(subject.kind), .text(subject.id), .text(holder.kind), .text(holder.id)]
        )
    }

    /// Notes that `holder` needs `subject` no longer.
    ///
    /// - Throws: ``DatabaseError``.
    package static func remove(_ subject: Subject, heldBy holder: Subject, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            DELETE FROM in_use_edges
            WHERE subject_kind = $1 AND subject_id = $2 AND holder_kind = $3 AND holder_id = $4
            """,
            [.text(subject.kind), .text(subject.id), .text(holder.kind), .text(holder.id)]
        )
    }

    /// For each of `ids` among the things of `kind` that is needed, one that needs it.
    ///
    /// - Throws: ``DatabaseError``.
    package static func holders(of kind: String, _ ids: [String], on connection: any SQLConnection) throws
        -> [String: Subject]
    {
        guard !ids.isEmpty else { return [:] }
        let rows = try connection.query(
            "SELECT subject_id, holder_kind, holder_id FROM in_use_edges WHERE subject_kind = $1 AND subject_id IN ("
                + .parameters(from: 2, count: ids.count) + ") ORDER BY subject_id, holder_kind, holder_id",
            [.text(kind)] + ids.map { .text($0) }
        ) { row in (try row.text(0), Subject(try row.text(1), try row.text(2))) }
        return Dictionary(rows) { first, _ in first }
    }

    /// Everything that needs `subject`, in the order of kind and id.
    ///
    /// - Throws: ``DatabaseError``.
    package static func holders(of subject: Subject, on connection: any SQLConnection) throws -> [Subject] {
        try connection.query(
            """
            SELECT holder_kind, holder_id FROM in_use_edges WHERE subject_kind = $1 AND subject_id = $2
            ORDER BY holder_kind COLLATE "C", holder_id COLLATE "C"
            """,
            [.text(subject.kind), .text(subject.id)]
        ) { row in Subject(try row.text(0), try row.text(1)) }
    }
}
