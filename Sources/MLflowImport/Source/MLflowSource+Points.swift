import Database
import Kernel
import Tracking

/// The points of metrics, run by run and metric by metric.
///
/// No index of MLflow's has a run's points in an order: read in pages, each page would read and sort the rest of the run
/// again. So some runs are read by one statement, and a very long run by a few, each for some of its metrics.
extension MLflowSource {
    private static let runsAtOnce = 500
    private static let pointsHeldMax = 1_000_000
    private static let runs = SourceTable(
        key: ["r.run_uuid"],
        columns: [],
        source: "runs AS r",
        isOwned: SourceTable.ofExperiment("r.experiment_id")
    )

    /// Hands over the points of the runs after the run `last`, in the order of their ids: all of some runs, or of some
    /// metrics of one run.
    ///
    /// With them comes the run up to which everything has been handed over, nil within a run.
    /// - Throws: ``DatabaseError``, and what `body` throws.
    func forEachPart(
        ofPointsAfter last: String?,
        _ body: ([Owned<RunID, Metric>], _ whole: String?) async throws -> Void
    ) async throws {
        let start = last.map { SourceCursor(after: [.text($0)]) } ?? SourceCursor()
        try await SourceReader(database: database, table: Self.runs)
            .forEachPage(after: start, limit: Self.runsAtOnce) { rows in
                let ids = try rows.map { try $0.text(0) }
                let counts = try await pointCounts(of: ids)
                var (some, count) = ([String](), 0)
                for id in ids {
                    let own = counts[id] ?? 0
                    if count + own > Self.pageRowsMax, let last = some.last {
                        try await body(try await points(of: some), last)
                        (some, count) = ([], 0)
                    }
                    if own > Self.pageRowsMax {
                        try await forEachPart(ofRun: id) { try await body($0, nil) }
                        try await body([], id)
                    } else {
                        some.append(id)
                        count += own
                    }
                }
                if let last = some.last { try await body(try await points(of: some), last) }
            }
    }

    private func pointCounts(of ids: [String]) async throws -> [String: Int] {
        let rows = try await database.read { connection in
            try connection.query(
                "SELECT run_uuid, COUNT(*) FROM metrics WHERE run_uuid IN (" + .parameters(from: 1, count: ids.count)
                    + ") GROUP BY run_uuid",
                ids.map { .text($0) }
            ) { row in (try row.text(0), Int(try row.integer(1))) }
        }
        return Dictionary(rows) { first, _ in first }
    }

    private func points(of ids: [String]) async throws -> [Owned<RunID, Metric>] {
        try await points("run_uuid IN (" + .parameters(from: 1, count: ids.count) + ")", ids)
    }

    private func points(_ condition: SQLText, _ parameters: [String]) async throws -> [Owned<RunID, Metric>] {
        try await database.read { connection in
            var points: [Owned<RunID, Metric>] = []
            try connection.forEachRow(
                "SELECT run_uuid, key, step, timestamp, value, CASE WHEN is_nan THEN 1 ELSE 0 END FROM metrics WHERE "
                    + condition + " ORDER BY run_uuid, key",
                parameters.map { .text($0) }
            ) { row in points.append(try self.point(SourceRow(row)).sharing(points.last)) }
            return points
        }
    }

    /// Hands over the points of one run, whole metrics together.
    private func forEachPart(ofRun id: String, _ body: ([Owned<RunID, Metric>]) async throws -> Void) async throws {
        let keys = try await database.read { connection in
            try connection.query(
                "SELECT key, COUNT(*) FROM metrics WHERE run_uuid = $1 GROUP BY key ORDER BY key",
                [.text(id)]
            ) { row in (key: try row.text(0), count: Int(try row.integer(1))) }
        }
        var rest = keys[...]
        while let first = rest.first {
            var count = 0
            let held = rest.prefix { key in
                defer { count += key.count }
                return count == 0 || count + key.count <= Self.pointsHeldMax
            }
            rest = rest.dropFirst(held.count)
            let points = try await points(
                "run_uuid = $1 AND key BETWEEN $2 AND $3",
                [id, first.key, held.last?.key ?? first.key]
            )
            try await Self.forEachPart(of: points, body)
        }
    }

    /// Cuts the points of some metrics, which follow each other, between two of them.
    private static func forEachPart(
        of points: [Owned<RunID, Metric>],
        _ body: ([Owned<RunID, Metric>]) async throws -> Void
    ) async throws {
        var start = 0
        for place in points.indices where place - start >= pageRowsMax {
            guard !points[place].value.key.utf8.elementsEqual(points[place - 1].value.key.utf8) else { continue }
            try await body(Array(points[start..<place]))
            start = place
        }
        if start < points.count { try await body(Array(points[start...])) }
    }
}

extension Owned where Owner == RunID, Value == Metric {
    /// The same point, with the texts of `other` where they are the same: there may be a million points of one metric.
    fileprivate func sharing(_ other: Self?) -> Self {
        guard let other, other.owner == owner, other.value.key.utf8.elementsEqual(value.key.utf8) else { return self }
        let metric = Metric(
            key: other.value.key,
            value: value.value,
            timestamp: value.timestamp,
            step: value.step
        )
        return Owned(other.owner, metric)
    }
}
