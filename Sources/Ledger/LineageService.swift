package import Database
import Kernel

/// What came from what, for whoever asks.
package struct LineageService: Sendable {
    /// How many edges away from the root a walk goes at most.
    package static let depthMax = 50
    /// How many edges a walk in one direction gives at most.
    package static let edgesMax = 10_000

    private let database: any SQLDatabase

    /// The lineage in `database`.
    package init(database: any SQLDatabase) {
        self.database = database
    }

    /// What `root` came from, what came of it, or both, to `depth` edges away; at most `limit` edges in each direction,
    /// the nearest first.
    ///
    /// A thing without edges, or of which nobody ever heard, is alone in its graph.
    /// - Throws: `INVALID_PARAMETER_VALUE` for a depth outside of 1 to ``depthMax``, a limit outside of 1 to
    ///   ``edgesMax``; ``DatabaseError``.
    package func graph(
        of root: Subject,
        _ direction: LineageGraph.Direction,
        depth: Int,
        limit: Int
    ) async throws -> LineageGraph {
        try Self.check("depth", depth, atMost: Self.depthMax)
        try Self.check("limit", limit, atMost: Self.edgesMax)
        return try await database.read { connection in
            // One more than is asked for tells whether there are more.
            let upstream =
                direction == .downstream
                ? [] : try LineageStore.walk(.upstream, of: root, depth: depth, limit: limit + 1, on: connection)
            let downstream =
                direction == .upstream
                ? [] : try LineageStore.walk(.downstream, of: root, depth: depth, limit: limit + 1, on: connection)
            return LineageGraph(
                root: root,
                upstream: Array(upstream.prefix(limit)),
                downstream: Array(downstream.prefix(limit)),
                isTruncated: upstream.count > limit || downstream.count > limit
            )
        }
    }

    /// Whether anything is known of what `subject` came from or what came of it.
    ///
    /// - Throws: ``DatabaseError``.
    package func knows(_ subject: Subject) async throws -> Bool {
        try await database.read { try LineageStore.knows(subject, on: $0) }
    }

    private static func check(_ name: String, _ number: Int, atMost maximum: Int) throws {
        guard (1...maximum).contains(number) else {
            throw MartletError(.invalidParameterValue, "'\(name)' must be from 1 to \(maximum), not \(number).")
        }
    }
}
