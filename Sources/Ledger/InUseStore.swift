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
