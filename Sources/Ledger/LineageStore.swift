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

    /// Takes away the edges to `target` from everything of `kinds`.
    ///
    /// - Throws: ``DatabaseError``.
    package static func unlink(to target: Subject, fromKinds kinds: [String], on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM lineage_edges WHERE to_kind = $1 AND to_id = $2 AND from_kind IN ("
                + .parameters(from: 3, count: kinds.count) + ")",
            [.text(target.kind), .text(target.id)] + kinds.map { .text($0) }
        )
    }

    /// Takes away the edges to things of `kind` that are gone for good; edges from them stay, as what later things came
    /// of.
    ///
    /// - Throws: ``DatabaseError``.
    package static func unlink(toGone kind: String, _ ids: [String], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "DELETE FROM lineage_edges WHERE to_kind = $1 AND to_id = $2",
            ids.map { [.text(kind), .text($0)] }
        )
    }

    /// Copies the edges of everything of `kind` whose id begins with `prefix` to the same with `newPrefix`, for things
    /// that have got another name; the old edges stay, as what was.
    ///
    /// - Throws: ``DatabaseError``.
    package static func copy(
        edgesOf kind: String,
        withPrefix prefix: String,
        to newPrefix: String,
        on connection: any SQLConnection
    ) throws {
        let isSource: SQLText = "from_kind = $1 AND substr(from_id, 1, length(CAST($2 AS TEXT))) = $2"
        let isTarget: SQLText = "to_kind = $1 AND substr(to_id, 1, length(CAST($2 AS TEXT))) = $2"
        try connection.execute(
            "INSERT INTO lineage_edges (from_kind, from_id, relation, to_kind, to_id, at) SELECT from_kind, CASE WHEN "
                + isSource
                    + """
                     THEN CAST($3 AS TEXT) || substr(from_id, length(CAST($2 AS TEXT)) + 1) ELSE from_id END,
                        relation, to_kind, CASE WHEN
                    """ + " " + isTarget
                    + """
                     THEN CAST($3 AS TEXT) || substr(to_id, length(CAST($2 AS TEXT)) + 1) ELSE to_id END, at
                    FROM lineage_edges WHERE
                    """ + " (" + isSource + ") OR (" + isTarget + ") ON CONFLICT DO NOTHING",
            [.text(kind), .text(prefix), .text(newPrefix)]
        )
    }

    /// Which way a walk goes: to what a thing came from, or to what came of it.
    enum Direction: CaseIterable {
        case upstream
        case downstream
    }

    /// What `root` came from or what came of it, nearest first: at most `limit` edges, each with its distance from 1 to
    /// `depth`; one that lies on ways of several lengths stands once for each.
    ///
    /// Both engines take the rows of a recursive query in the order of their distance, and no more than the limit.
    static func walk(_ direction: Direction, of root: Subject, depth: Int, limit: Int, on connection: any SQLConnection)
        throws -> [(edge: LineageEdge, depth: Int)]
    {
        try connection.query(
            walk(direction),
            [.text(root.kind), .text(root.id), .integer(Int64(depth)), .integer(Int64(limit))]
        ) { row in
            let edge = LineageEdge(
                source: Subject(try row.text(0), try row.text(1)),
                relation: try row.text(2),
                target: Subject(try row.text(3), try row.text(4)),
                at: Timestamp(milliseconds: try row.integer(5))
            )
            return (edge, Int(try row.integer(6)))
        }
    }

    /// The walk from the kind $1 and the id $2, to the distance $3, at most $4 edges.
    static func walk(_ direction: Direction) -> SQLText {
        let (first, next): (SQLText, SQLText) =
            switch direction {
            case .upstream: ("to_kind = $1 AND to_id = $2", "e.to_kind = w.from_kind AND e.to_id = w.from_id")
            case .downstream: ("from_kind = $1 AND from_id = $2", "e.from_kind = w.to_kind AND e.from_id = w.to_id")
            }
        let start: SQLText =
            "SELECT from_kind, from_id, relation, to_kind, to_id, at, CAST(1 AS BIGINT) FROM lineage_edges WHERE "
        // The order of a CROSS JOIN is kept, so that each step is a search along an index.
        let step: SQLText = """
            SELECT e.from_kind, e.from_id, e.relation, e.to_kind, e.to_id, e.at, w.depth + 1
            FROM walk w CROSS JOIN lineage_edges e WHERE w.depth < $3 AND
            """
        let recursion: SQLText = start + first + " UNION " + step + " " + next
        return "WITH RECURSIVE walk(from_kind, from_id, relation, to_kind, to_id, at, depth) AS (" + recursion
            + ") SELECT from_kind, from_id, relation, to_kind, to_id, at, depth FROM walk LIMIT $4"
    }
}
