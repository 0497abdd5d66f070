import Database
import TestSupport
import Testing
import Tracking

@testable import MLflowImport

@Suite("Points of metrics are read")
struct SourcePointsTests {
    private struct Part {
        let keys: [String]
        let count: Int
        let whole: String?
    }

    private static func parts(_ source: MLflowSource, after last: String? = nil) async throws -> [Part] {
        var parts: [Part] = []
        try await source.forEachPart(ofPointsAfter: last) { points, whole in
            var keys: [String] = []
            for point in points {
                let key = "\(point.owner)/\(point.value.key)"
                if keys.last != key { keys.append(key) }
            }
            parts.append(Part(keys: keys, count: points.count, whole: whole))
        }
        return parts
    }

    @Test("run by run, and each metric of a run in one piece", arguments: DatabaseBackend.allCases)
    func parts(backend: DatabaseBackend) async throws {
        try await SourceWorld.with(backend) { world in
            for id in ["a", "b", "c", "d"] { try await world.addRun(id, startedAt: 1) }
            let counts: [(run: String, key: String, count: Int)] = [
                ("a", "x", 10), ("b", "x", 12_000), ("b", "y", 10), ("b", "z", 5_000), ("c", "x", 10), ("d", "x", 10),
                ("gone", "x", 10),
            ]
            for (run, key, count) in counts {
                try await world.insert(
                    "INSERT INTO metrics (run_uuid, key, step, timestamp, value, is_nan) VALUES ($1, $2, $3, 7, 0.5, false)",
                    (0..<count).map { [.text(run), .text(key), .integer(Int64($0))] }
                )
            }
            try await world.reading { source in
                let parts = try await Self.parts(source)
                #expect(parts.map(\.keys) == [["a/x"], ["b/x"], ["b/y", "b/z"], [], ["c/x", "d/x"]])
                #expect(parts.map(\.count) == [10, 12_000, 5_010, 0, 20])
                #expect(parts.map(\.whole) == ["a", nil, nil, "b", "d"])
                #expect(try await Self.parts(source, after: "b").map(\.keys) == [["c/x", "d/x"]])
                #expect(try await Self.parts(source, after: "d").isEmpty)
            }
        }
    }
}
