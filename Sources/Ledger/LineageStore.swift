package import Database
package import Kernel

/// What came from what: edges among runs, logged models, model versions, endpoints, ….
package enum LineageStore {
    /// Draws the edge `source` —`relation`→ `target`; drawing it again changes nothing.
    ///
    /// - Throws: ``DatabaseError``.
    package static func link(
        from source: Subject,
        relation: String,
        to target: Subject,
        at time: Timestamp,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO lineage_edges (from_kind, from_id, relation, to_kind, to_id, at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
            """,
            [
                .text(source.kind), .text(source.id), .text(relation), .text(target.kind), .text(target.id),
                .integer(time.milliseconds),
            ]
        )
    }
}
