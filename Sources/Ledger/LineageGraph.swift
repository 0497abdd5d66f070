package import Kernel

/// One edge: `source` —`relation`→ `target`.
package struct LineageEdge: Hashable, Sendable {
    /// What it comes from.
    package let source: Subject
    /// How.
    package let relation: String
    /// What came of it.
    package let target: Subject
    /// Since when it is known.
    package let at: Timestamp
}

/// A part of what came from what, as seen from one thing.
package struct LineageGraph: Sendable {
    /// Where a walk goes from a thing.
    package enum Direction: String, Sendable, CaseIterable {
        /// To what it came from.
        case upstream
        /// To what came of it.
        case downstream
        /// To either, without turning on the way: neither siblings nor other parents.
        case both
    }

    /// A thing and how far it is from the root.
    package struct Node: Hashable, Sendable {
        /// The thing.
        package let subject: Subject
        /// Edges on the shortest way from the root: 0 for itself, below 0 upstream.
        package let depth: Int
    }

    /// Where the walks began.
    package let root: Subject
    /// The things that were reached, the root among them, upstream first; then by kind and id.
    package let nodes: [Node]
    /// The edges that were walked, each once, from the root outwards.
    package let edges: [LineageEdge]
    /// Whether there were more edges than were asked for.
    package let isTruncated: Bool

    /// The graph of what the walks from `root` came over, each edge with its distance from 1.
    init(
        root: Subject,
        upstream: [(edge: LineageEdge, depth: Int)],
        downstream: [(edge: LineageEdge, depth: Int)],
        isTruncated: Bool
    ) {
        var depths = [root: 0]
        func reach(_ subject: Subject, _ depth: Int) {
            // In a circle the shorter way counts, and downstream where both are as long.
            if let known = depths[subject], abs(known) <= abs(depth) { return }
            depths[subject] = depth
        }
        for (edge, depth) in downstream { reach(edge.target, depth) }
        for (edge, depth) in upstream { reach(edge.source, -depth) }
        var seen: Set<LineageEdge> = []
        self.root = root
        self.isTruncated = isTruncated
        edges = (upstream + downstream).map(\.edge).filter { seen.insert($0).inserted }
        nodes = depths.map { Node(subject: $0, depth: $1) }
            .sorted { ($0.depth, $0.subject.kind, $0.subject.id) < ($1.depth, $1.subject.kind, $1.subject.id) }
    }
}
