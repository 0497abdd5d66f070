import Database
import Kernel

/// The SQL that writes metric points: the whole history, and the latest point of each key apart from it.
///
/// A point that comes alone is a row of `metric_points`; points of one key that come together are rows of
/// `metric_chunks`, a few dozens of them in each. What is read is both.
enum MetricStore {
    /// Appends `batch` to the history of a run; a point that is there already is not doubled.
    static func append(_ batch: MetricBatch, to number: Int64, on connection: any SQLConnection) throws {
        var points: [[SQLValue]] = []
        var chunks: [[SQLValue]] = []
        var latest: [[SQLValue]] = []
        let keys = try numbers(of: batch.series.map(\.key), on: connection)
        for series in batch.series {
            let key = try keys[ExactText(series.key)] ?? intern(series.key, on: connection)
            latest.append(row(series.latest, number, key))
            if series.chunks.isEmpty { points.append(row(series.latest, number, key)) }
            for chunk in series.chunks { chunks.append([.integer(number), .integer(key), .blob(chunk)]) }
        }
        if !points.isEmpty { try connection.executeBatch(insertPoint, points) }
        if !chunks.isEmpty { try connection.executeBatch(insertChunk, chunks) }
        try connection.executeBatch(replaceLatest, latest)
    }

    private static let insertPoint: SQLText = """
        INSERT INTO metric_points (run_number, key_id, step, timestamp, value, is_nan)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
        """

    private static let insertChunk: SQLText = """
        INSERT INTO metric_chunks (run_number, key_id, points) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
        """

    private static let replaceLatest: SQLText = """
        INSERT INTO latest_metrics (run_number, key_id, step, timestamp, value, is_nan)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (run_number, key_id) DO UPDATE
        SET step = excluded.step, timestamp = excluded.timestamp, value = excluded.value, is_nan = excluded.is_nan
        WHERE (excluded.step, excluded.timestamp, excluded.value)
            > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)
        """

    /// The keys under which the run numbered `number` has points.
    static func keys(of number: Int64, on connection: any SQLConnection) throws -> [String] {
        try connection.query(
            """
            SELECT k.key FROM latest_metrics AS m JOIN metric_keys AS k ON k.key_id = m.key_id WHERE m.run_number = $1
            """,
            [.integer(number)]
        ) { try $0.text(0) }
    }

    /// The number by which the tables know `key`; nil when no point of it was ever logged.
    static func find(_ key: String, on connection: any SQLConnection) throws -> Int64? {
        try connection.first("SELECT key_id FROM metric_keys WHERE key = $1", [.text(key)]) { row in
            try row.integer(0)
        }
    }

    /// The numbers of those of `keys` that have one.
    private static func numbers(of keys: [String], on connection: any SQLConnection) throws -> [ExactText: Int64] {
        let rows = try connection.query(
            "SELECT key, key_id FROM metric_keys WHERE key IN (" + .parameters(from: 1, count: keys.count) + ")",
            keys.map { .text($0) }
        ) { row in (ExactText(try row.text(0)), try row.integer(1)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// The number of a key that had none a moment ago.
    private static func intern(_ key: String, on connection: any SQLConnection) throws -> Int64 {
        let number = try CounterStore.next("metric_key", on: connection)
        try connection.execute(
            "INSERT INTO metric_keys (key_id, key) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
            [.integer(number), .text(key)]
        )
        return try find(key, on: connection) ?? number
    }

    private static func row(_ point: MetricPoint, _ number: Int64, _ key: Int64) -> [SQLValue] {
        [
            .integer(number), .integer(key), .integer(point.step), .integer(point.timestamp),
            .double(point.storedValue), .flag(point.value.isNaN),
        ]
    }
}
