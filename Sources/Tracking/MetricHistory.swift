import Database
import Kernel

/// The SQL that reads the history of one metric of one run, from rows and chunks together.
struct MetricHistory {
    private let key: String
    private let connection: any SQLConnection
    /// The run's number and the key's: the first two parameters of every statement here.
    private let owner: [SQLValue]

    /// The history of `key` in the run numbered `number`; nil when no point of the key was ever logged.
    init?(of number: Int64, key: String, on connection: any SQLConnection) throws {
        guard let id = try MetricStore.find(key, on: connection) else { return nil }
        self.key = key
        self.connection = connection
        owner = [.integer(number), .integer(id)]
    }

    /// A part of it, ordered by timestamp, step and value.
    func page(limit: Int, offset: Int) throws -> [Metric] {
        var points = try chunked(.min ... .max)
        // A history of rows alone may be long, and is ordered where it lies.
        guard !points.isEmpty else { return try pageOfRows(limit: limit, offset: offset) }
        points += try single(.min ... .max)
        MetricPointOrder.time.sort(&points)
        return points.dropFirst(offset).prefix(limit).map { $0.metric(key) }
    }

    /// All of it, ordered by timestamp, step and value.
    func all() throws -> [Metric] {
        var points = try points(.min ... .max)
        MetricPointOrder.time.sort(&points)
        return points.map { $0.metric(key) }
    }

    /// What lies between two steps (both ends in), ordered by step, timestamp and value, thinned out to `max` points
    /// at most.
    func sample(_ steps: ClosedRange<Int64>, max: Int) throws -> [Metric] {
        var points = try single(steps)
        points += try chunked(steps)
        MetricPointOrder.step.sort(&points)
        return HistorySampling.places(count: points.count, max: max).map { points[$0].metric(key) }
    }

    /// All points that lie between two steps (both ends in), in no order; one may come twice.
    func points(_ steps: ClosedRange<Int64>) throws -> [MetricPoint] {
        try single(steps) + chunked(steps)
    }

    /// The points in chunks, by their chunks' first times.
    private func chunked(_ steps: ClosedRange<Int64>) throws -> [MetricPoint] {
        var points: [MetricPoint] = []
        _ = try connection.query(
            "SELECT points FROM metric_chunks WHERE run_number = $1 AND key_id = $2 ORDER BY points",
            owner
        ) { row in try MetricChunk.read(try row.blob(0), steps, into: &points) }
        return points
    }

    /// The points in rows, by step, timestamp and value.
    private func single(_ steps: ClosedRange<Int64>) throws -> [MetricPoint] {
        try connection.query(
            Self.rows + "AND step BETWEEN $3 AND $4 ORDER BY step, timestamp, value",
            owner + [.integer(steps.lowerBound), .integer(steps.upperBound)]
        ) { row in try Self.point(row, from: 0) }
    }

    private func pageOfRows(limit: Int, offset: Int) throws -> [Metric] {
        try connection.query(
            Self.rows + "ORDER BY timestamp, step, value LIMIT $3 OFFSET $4",
            owner + [.integer(Int64(limit)), .integer(Int64(offset))]
        ) { row in try Self.point(row, from: 0).metric(key) }
    }

    private static let rows: SQLText = """
        SELECT step, timestamp, value, is_nan FROM metric_points WHERE run_number = $1 AND key_id = $2 \

        """

    /// The point in four columns from `column` on: step, timestamp, value, is_nan.
    static func point(_ row: borrowing SQLRow, from column: Int) throws -> MetricPoint {
        MetricPoint(
            timestamp: try row.integer(column + 1),
            step: try row.integer(column),
            value: try row.flag(column + 3) ? .nan : try row.double(column + 2)
        )
    }
}
