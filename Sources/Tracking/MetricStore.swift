import Database
import Kernel

/// The SQL of metric points: the whole history, and the latest point of each key apart from it.
enum MetricStore {
    /// Appends `metrics` to the history of a run; a point that is there already is not doubled.
    static func append(_ metrics: [Metric], to number: Int64, on connection: any SQLConnection) throws {
        var keys: [String: Int64] = [:]
        var points: [[SQLValue]] = []
        var latest: [String: Metric] = [:]
        points.reserveCapacity(metrics.count)
        for metric in metrics {
            let key = try keys[metric.key] ?? intern(metric.key, on: connection)
            keys[metric.key] = key
            points.append(row(metric, number, key))
            if let other = latest[metric.key], !metric.isLater(than: other) { continue }
            latest[metric.key] = metric
        }
        try connection.executeBatch(
            """
            INSERT INTO metric_points (run_number, key_id, step, timestamp, value, is_nan)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
            """,
            points
        )
        try connection.executeBatch(
            """
            INSERT INTO latest_metrics (run_number, key_id, step, timestamp, value, is_nan)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (run_number, key_id) DO UPDATE
            SET step = excluded.step, timestamp = excluded.timestamp, value = excluded.value, is_nan = excluded.is_nan
            WHERE (excluded.step, excluded.timestamp, excluded.value)
                > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)
            """,
            latest.values.sorted { $0.key < $1.key }.map { row($0, number, keys[$0.key] ?? 0) }
        )
    }

    /// The history of one metric, ordered by timestamp, step and value.
    static func history(
        of number: Int64,
        key: String,
        limit: Int,
        offset: Int,
        on connection: any SQLConnection
    ) throws -> [Metric] {
        try connection.query(
            pointsOfKey + "ORDER BY timestamp, step, value LIMIT $3 OFFSET $4",
            [.integer(number), .text(key), .integer(Int64(limit)), .integer(Int64(offset))]
        ) { row in try metric(key, row, from: 0) }
    }

    /// The history of one metric between two steps (both ends in), ordered by step, timestamp and value, thinned out
    /// to about `max` points.
    static func sampledHistory(
        of number: Int64,
        key: String,
        steps: ClosedRange<Int64>,
        max: Int,
        on connection: any SQLConnection
    ) throws -> [Metric] {
        let parameters: [SQLValue] = [
            .integer(number), .text(key), .integer(steps.lowerBound), .integer(steps.upperBound),
        ]
        let count = try connection.first(
            """
            SELECT COUNT(*) FROM metric_points
            WHERE run_number = $1 AND key_id = (SELECT key_id FROM metric_keys WHERE key = $2)
                AND step BETWEEN $3 AND $4
            """,
            parameters
        ) { row in try row.integer(0) }
        let places = HistorySampling.places(count: Int(count ?? 0), max: max)
        var next = 0
        var place = -1
        let points: [Metric?] = try connection.query(
            pointsOfKey + "AND step BETWEEN $3 AND $4 ORDER BY step, timestamp, value",
            parameters
        ) { row in
            place += 1
            guard next < places.count, places[next] == place else { return nil }
            next += 1
            return try metric(key, row, from: 0)
        }
        return points.compactMap(\.self)
    }

    /// The latest points of the runs numbered `numbers`, by run and key.
    static func latest(of numbers: [SQLValue], _ list: SQLText, on connection: any SQLConnection) throws
        -> [(Int64, Metric)]
    {
        try connection.query(
            """
            SELECT m.run_number, k.key, m.step, m.timestamp, m.value, m.is_nan
            FROM latest_metrics AS m JOIN metric_keys AS k ON k.key_id = m.key_id WHERE m.run_number IN (
            """ + list + ") ORDER BY m.run_number, k.key",
            numbers
        ) { row in (try row.integer(0), try metric(try row.text(1), row, from: 2)) }
    }

    private static let pointsOfKey: SQLText = """
        SELECT step, timestamp, value, is_nan FROM metric_points
        WHERE run_number = $1 AND key_id = (SELECT key_id FROM metric_keys WHERE key = $2) \

        """

    private static func intern(_ key: String, on connection: any SQLConnection) throws -> Int64 {
        let find: SQLText = "SELECT key_id FROM metric_keys WHERE key = $1"
        if let number = try connection.first(find, [.text(key)], { row in try row.integer(0) }) { return number }
        let number = try CounterStore.next("metric_key", on: connection)
        try connection.execute(
            "INSERT INTO metric_keys (key_id, key) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
            [.integer(number), .text(key)]
        )
        return try connection.first(find, [.text(key)]) { row in try row.integer(0) } ?? number
    }

    private static func row(_ metric: Metric, _ number: Int64, _ key: Int64) -> [SQLValue] {
        [
            .integer(number), .integer(key), .integer(metric.step), .integer(metric.timestamp.milliseconds),
            .double(metric.storedValue), .flag(metric.value.isNaN),
        ]
    }

    private static func metric(_ key: String, _ row: SQLRow, from column: Int) throws -> Metric {
        Metric(
            key: key,
            value: try row.flag(column + 3) ? .nan : try row.double(column + 2),
            timestamp: Timestamp(milliseconds: try row.integer(column + 1)),
            step: try row.integer(column)
        )
    }
}
