import Database
import Kernel
@testable import Ledger
import TestSupport
import Testing

@Suite("A lineage graph")
struct LineageTests {
    /// Draws `a>b` as the edge from node `a` to node `b`, and asks.
    private func withEdges(
        _ backend: DatabaseBackend,
        _ edges: [String],
        _ test: (LineageService, any SQLDatabase) async throws -> Void
    ) async throws {
        try await withLedger(backend) { database, clock in
            let now = clock.now()
            try await database.write { connection in
                for edge in edges {
                    let ends = edge.split(separator: ">").map { Subject("node", String($0)) }
                    try LineageStore.link(from: ends[0], relation: "made", to: ends[1], at: now, on: connection)
                }
            }
            try await test(LineageService(database: database), database)
        }
    }

    private func texts(_ graph: LineageGraph) -> (nodes: [String], edges: [String]) {
        (
            graph.nodes.map { "\($0.subject.id)\($0.depth)" }, graph.edges.map { "\($0.source.id)>\($0.target.id)" }
        )
    }

    @Test("reaches what is upstream, downstream or both, and turns nowhere", arguments: DatabaseBackend.allCases)
    func directions(backend: DatabaseBackend) async throws {
        let edges = ["data>run", "data>other", "run>model", "model>v1", "v1>endpoint", "v1>child", "code>v1"]
        try await withEdges(backend, edges) { lineage, _ in
            let root = Subject("node", "v1")
            let up = texts(try await lineage.graph(of: root, .upstream, depth: 10, limit: 100))
            #expect(up.nodes == ["data-3", "run-2", "code-1", "model-1", "v10"])
            #expect(Set(up.edges) == ["data>run", "run>model", "model>v1", "code>v1"])
            let down = texts(try await lineage.graph(of: root, .downstream, depth: 10, limit: 100))
            #expect(down.nodes == ["v10", "child1", "endpoint1"])
            let both = texts(try await lineage.graph(of: root, .both, depth: 10, limit: 100))
            #expect(both.nodes == ["data-3", "run-2", "code-1", "model-1", "v10", "child1", "endpoint1"])
            #expect(Set(both.edges) == Set(edges).subtracting(["data>other"]))
        }
    }

    @Test("ends at its depth and at its limit, and says when there is more", arguments: DatabaseBackend.allCases)
    func bounds(backend: DatabaseBackend) async throws {
        let chain = (0..<9).map { "n\($0)>n\($0 + 1)" }
        let fan = (0..<50).map { "n0>f\($0)" }
        try await withEdges(backend, chain + fan) { lineage, _ in
            let near = try await lineage.graph(of: Subject("node", "n0"), .downstream, depth: 1, limit: 100)
            #expect(near.nodes.count == 52 && near.edges.count == 51 && !near.isTruncated)
            let few = try await lineage.graph(of: Subject("node", "n0"), .downstream, depth: 9, limit: 51)
            #expect(few.isTruncated && few.edges.count == 51 && few.nodes.allSatisfy { $0.depth <= 1 })
            let exact = try await lineage.graph(of: Subject("node", "n1"), .downstream, depth: 9, limit: 8)
            #expect(!exact.isTruncated && exact.nodes.count == 9)
            let back = try await lineage.graph(of: Subject("node", "n9"), .upstream, depth: 3, limit: 100)
            #expect(texts(back).nodes == ["n6-3", "n7-2", "n8-1", "n90"])
            for (depth, limit) in [(0, 1), (51, 1), (1, 0), (1, 10_001)] {
                await #expect(throws: MartletError.self) {
                    _ = try await lineage.graph(of: Subject("node", "n0"), .both, depth: depth, limit: limit)
                }
            }
        }
    }

    @Test("of circles, of diamonds and of nothing comes to an end", arguments: DatabaseBackend.allCases)
    func shapes(backend: DatabaseBackend) async throws {
        let edges = ["a>b", "b>c", "c>a", "c>c", "a>d", "b>d"]
        try await withEdges(backend, edges) { lineage, _ in
            let circle = texts(try await lineage.graph(of: Subject("node", "a"), .downstream, depth: 50, limit: 1000))
            #expect(circle.nodes == ["a0", "b1", "d1", "c2"])
            #expect(circle.edges.count == 6 && Set(circle.edges) == Set(edges))
            let nothing = texts(try await lineage.graph(of: Subject("node", "x"), .both, depth: 50, limit: 1000))
            #expect(nothing.nodes == ["x0"] && nothing.edges.isEmpty)
        }
    }

    @Test("follows things to other names, and leaves nothing under the old", arguments: DatabaseBackend.allCases)
    func renaming(backend: DatabaseBackend) async throws {
        let edges = ["run>m/1", "m/1>m/2", "m/2>endpoint", "mx/1>endpoint", "m/1>child", "ext>child"]
        try await withEdges(backend, edges) { lineage, database in
            let moves = [("m/1", "new/1"), ("m/2", "new/2"), ("ext", "new/1"), ("none", "new/3")]
            try await database.write { connection in
                try LineageStore.move(
                    moves.map { (Subject("node", $0.0), Subject("node", $0.1)) },
                    on: connection
                )
            }
            let new = texts(try await lineage.graph(of: Subject("node", "new/2"), .both, depth: 9, limit: 100))
            #expect(new.nodes == ["run-2", "new/1-1", "new/20", "endpoint1"])
            let child = texts(try await lineage.graph(of: Subject("node", "child"), .upstream, depth: 1, limit: 100))
            #expect(child.edges == ["new/1>child"])
            for old in ["m/1", "m/2", "ext"] { #expect(try await !lineage.knows(Subject("node", old))) }
            #expect(try await lineage.knows(Subject("node", "run")))
            #expect(try await lineage.knows(Subject("node", "endpoint")))
            let other = texts(try await lineage.graph(of: Subject("node", "mx/1"), .both, depth: 9, limit: 100))
            #expect(other.nodes == ["mx/10", "endpoint1"])
        }
    }

    @Test("loses what nothing came of, as far as asked", arguments: DatabaseBackend.allCases)
    func leaves(backend: DatabaseBackend) async throws {
        try await withEdges(backend, ["a>b", "b>c", "c>d", "b>e", "x>y"]) { lineage, database in
            try await database.write { try LineageStore.dropLeaves(of: "node", ["d", "b", "nothing"], on: $0) }
            let left = texts(try await lineage.graph(of: Subject("node", "a"), .downstream, depth: 9, limit: 100))
            #expect(left.edges == ["a>b", "b>e"])
            let children = try await database.read { connection in
                try LineageStore.targets(of: "node", ["a", "b", "x", "none"], "node", on: connection)
            }
            #expect(children == ["b", "e", "y"])
            try await database.write { try LineageStore.dropLeaves(of: "other", ["e"], on: $0) }
            #expect(try await lineage.knows(Subject("node", "e")))
        }
    }

    @Test("is found by index on both ends")
    func plans() async throws {
        try await withEdges(.sqlite, []) { _, database in
            let plans = try await database.read { connection in
                try LineageStore.Direction.allCases.map { direction in
                    try connection.query(
                        "EXPLAIN QUERY PLAN " + LineageStore.walk(direction),
                        [.text("a"), .text("b"), .integer(3), .integer(9)]
                    ) { try $0.text(3) }
                }
            }
            for plan in plans {
                #expect(plan.count { $0.hasPrefix("SEARCH") && $0.contains(" USING ") } == 2, "\(plan)")
                #expect(!plan.contains { $0.hasPrefix("SCAN") && $0.contains("lineage_edges") }, "\(plan)")
            }
        }
    }
}
