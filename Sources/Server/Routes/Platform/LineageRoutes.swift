import Hummingbird
import Kernel
import Ledger

/// What came from what.
struct LineageRoutes {
    private static let depthUsual = 10
    private static let edgesUsual = 1000
    let lineage: LineageService
    let roots: LineageRoots

    /// Adds the route at the root.
    func add(to router: Router<MartletContext>) {
        router.get("api/v1/lineage", use: graph)
    }

    @Sendable private func graph(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(queryOf: request)
        let kind: LineageKind = try fields.requiredOneOf("kind")
        let graph = try await lineage.graph(
            of: try await roots.find(kind, try fields.requiredString("id")),
            try fields.oneOf("direction") ?? .both,
            depth: try fields.limit("depth", default: Self.depthUsual, max: LineageService.depthMax),
            limit: try fields.limit("limit", default: Self.edgesUsual, max: LineageService.edgesMax)
        )
        return .json { $0.lineage(graph) }
    }
}

extension JSONWriter {
    fileprivate mutating func lineage(_ graph: LineageGraph) {
        object { writer in
            writer.name("root")
            writer.object { $0.place(graph.root) }
            writer.name("nodes")
            writer.array { writer in
                for node in graph.nodes {
                    writer.object { writer in
                        writer.place(node.subject)
                        writer.member("depth", Int64(node.depth))
                    }
                }
            }
            writer.name("edges")
            writer.array { writer in
                for edge in graph.edges {
                    writer.object { writer in
                        writer.member("from", object: { $0.place(edge.source) })
                        writer.member("relation", edge.relation)
                        writer.member("to", object: { $0.place(edge.target) })
                        writer.member("at", edge.at)
                    }
                }
            }
            writer.member("truncated", graph.isTruncated)
        }
    }

    private mutating func place(_ subject: Subject) {
        member("kind", subject.kind)
        member("id", subject.id)
    }
}
