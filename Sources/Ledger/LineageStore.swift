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
        try link([(source, relation, target)], at: time, on: connection)
    }

    /// Draws edges that became known at the same time; those that are drawn already stay as they are.
    ///
    /// - Throws: ``DatabaseError``.
    package static func link(
        _ edges: [(source: Subject, relation: String, target: Subject)],
        at time: Timestamp,
        on connection: any SQLConnection
    ) throws {
        try connection.executeBatch(
            insertion,
            edges.map { edge in
                [
                    .text(edge.source.kind), .text(edge.source.id), .text(edge.relation), .text(edge.target.kind),
                    .text(edge.target.id), .integer(time.milliseconds),
                ]
            }
        )
    }

    private static let insertion: SQLText = """
        INSERT INTO lineage_edges (from_kind, from_id, relation, to_kind, to_id, at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
        """

    /// Takes away the edges to `target` from everything of `kinds`, but those of `relation`.
    ///
    /// - Throws: ``DatabaseError``.
    package static func unlink(
        to target: Subject,
        fromKinds kinds: [String],
        exceptBy relation: String,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "DELETE FROM lineage_edges WHERE to_kind = $1 AND to_id = $2 AND relation <> $3 AND from_kind IN ("
                + .parameters(from: 4, count: kinds.count) + ")",
            [.text(target.kind), .text(target.id), .text(relation)] + kinds.map { .text($0) }
        )
    }

    /// Takes away the edges from one thing to another.
    ///
    /// - Throws: ``DatabaseError``.
    package static func unlink(from source: Subject, to target: Subject, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM lineage_edges WHERE from_kind = $1 AND from_id = $2 AND to_kind = $3 AND to_id = $4",
            [.text(source.kind), .text(source.id), .text(target.kind), .text(target.id)]
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

    /// Gives the edges of things to other things, which keep what edges they have: what has got another name, or is known
    /// by another one now. An edge between the two stays: nothing comes of itself.
    ///
    /// - Throws: ``DatabaseError``.
    package static func move(_ moves: [(from: Subject, to: Subject)], on connection: any SQLConnection) throws {
        let rows: [[SQLValue]] = moves.map {
            [.text($0.from.kind), .text($0.from.id), .text($0.to.kind), .text($0.to.id)]
        }
        let insert: SQLText = "INSERT INTO lineage_edges (from_kind, from_id, relation, to_kind, to_id, at) SELECT "
        let new: SQLText = "CAST($3 AS TEXT), CAST($4 AS TEXT)"
        let isSource: SQLText = """
             FROM lineage_edges WHERE from_kind = $1 AND from_id = $2 AND NOT (to_kind = $3 AND to_id = $4)
            """
        let isTarget: SQLText = """
             FROM lineage_edges WHERE to_kind = $1 AND to_id = $2 AND NOT (from_kind = $3 AND from_id = $4)
            """
        let sources = insert + new + ", relation, to_kind, to_id, at" + isSource + " ON CONFLICT DO NOTHING"
        try connection.executeBatch(sources, rows)
        try connection.executeBatch("DELETE" + isSource, rows)
        let targets = insert + "from_kind, from_id, relation, " + new + ", at" + isTarget + " ON CONFLICT DO NOTHING"
        try connection.executeBatch(targets, rows)
        try connection.executeBatch("DELETE" + isTarget, rows)
    }

    /// Takes those of `ids` of which nothing came out of the graph, and then those of the same kind of which nothing but
    /// these came.
    ///
    /// - Throws: ``DatabaseError``.
    package static func dropLeaves(of kind: String, _ ids: [String], on connection: any SQLConnection) throws {
        var leaves = ids[...]
        while !leaves.isEmpty {
            let part = leaves.prefix(partMax)
            leaves = leaves.dropFirst(partMax)
            let sources = try connection.query(
                "DELETE FROM lineage_edges WHERE to_kind = $1 AND to_id IN ("
                    + .parameters(from: 2, count: part.count)
                        + """
                        ) AND NOT EXISTS (
                            SELECT 1 FROM lineage_edges e
                            WHERE e.from_kind = lineage_edges.to_kind AND e.from_id = lineage_edges.to_id
                        ) RETURNING from_kind, from_id
                        """,
                [.text(kind)] + part.map { .text($0) }
            ) { Subject(try $0.text(0), try $0.text(1)) }
            leaves.append(contentsOf: Set(sources.filter { $0.kind == kind }.map(\.id)))
        }
    }

    /// The ids of the things of `targetKind` that came of the things of `kind` called by one of `ids`, each once.
    ///
    /// - Throws: ``DatabaseError``.
    package static func targets(
        of kind: String,
        _ ids: [String],
        _ targetKind: String,
        on connection: any SQLConnection
    ) throws -> [String] {
        var found: Set<String> = []
        for start in stride(from: 0, to: ids.count, by: partMax) {
            let part = ids[start..<min(start + partMax, ids.count)]
            let targets = try connection.query(
                "SELECT to_id FROM lineage_edges WHERE from_kind = $1 AND to_kind = $2 AND from_id IN ("
                    + .parameters(from: 3, count: part.count) + ")",
                [.text(kind), .text(targetKind)] + part.map { .text($0) }
            ) { try $0.text(0) }
            found.formUnion(targets)
        }
        return found.sorted()
    }

    /// Whether an edge leads to the thing or from it.
    static func knows(_ subject: Subject, on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            """
            SELECT 1 FROM lineage_edges WHERE from_kind = $1 AND from_id = $2
            UNION ALL SELECT 1 FROM lineage_edges WHERE to_kind = $1 AND to_id = $2 LIMIT 1
            """,
            [.text(subject.kind), .text(subject.id)]
        ) { _ in true } ?? false
    }

    /// How many things one statement names.
    private static let partMax = 1000

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
