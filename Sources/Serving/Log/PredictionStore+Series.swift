import Database
import Kernel

extension PredictionStore {
    /// When the newest came of those predictions of a time that are not among its newest `limit`; nil where all are.
    static func newestLeft(
        by limit: Int,
        of endpoint: String,
        from start: Timestamp,
        to end: Timestamp,
        on connection: any SQLConnection
    ) throws -> Timestamp? {
        try connection.query(
            newestLeft,
            [
                .text(endpoint), .integer(start.milliseconds), .integer(end.milliseconds), .integer(Int64(limit)),
            ]
        ) { Timestamp(milliseconds: try $0.integer(0)) }.first
    }

    /// What each variant did in each span of `spanMs` from `start` to `end`, by variant and time.
    static func series(
        _ endpoint: String,
        from start: Timestamp,
        to end: Timestamp,
        spanMs: Int64,
        on connection: any SQLConnection
    ) throws -> [PredictionSeries.Point] {
        try connection.query(
            series,
            [.text(endpoint), .integer(start.milliseconds), .integer(end.milliseconds), .integer(spanMs)]
        ) { row in
            PredictionSeries.Point(
                variant: try row.text(0),
                at: Timestamp(milliseconds: try row.integer(1) * spanMs),
                predictions: Int(try row.integer(2)),
                errors: Int(try row.integer(3)),
                latencyMsP50: try row.optionalDouble(4),
                latencyMsP99: try row.optionalDouble(5)
            )
        }
    }

    /// Answered by the index alone, however many are passed over.
    static let newestLeft: SQLText = """
        SELECT at FROM predictions WHERE endpoint = $1 AND at >= $2 AND at <= $3
        ORDER BY at DESC, request_id COLLATE "C" DESC LIMIT 1 OFFSET $4
        """

    /// The first latency that the share of those up to it reaches is the quantile, without a value in between.
    private static let series: SQLText = """
        WITH logged AS (
            SELECT COALESCE(variant, 'v' || CAST(model_version AS TEXT)) AS name, at / $4 AS span, latency_ms,
                CASE WHEN status = 200 THEN 1 ELSE 0 END AS is_right
            FROM predictions WHERE endpoint = $1 AND at >= $2 AND at <= $3
        ), placed AS (
            SELECT name, span, latency_ms, is_right,
                CUME_DIST() OVER (PARTITION BY name, span, is_right ORDER BY latency_ms) AS reached
            FROM logged
        )
        SELECT name, span, COUNT(*) FILTER (WHERE is_right = 1), COUNT(*) FILTER (WHERE is_right = 0),
            MIN(latency_ms) FILTER (WHERE is_right = 1 AND reached >= 0.5),
            MIN(latency_ms) FILTER (WHERE is_right = 1 AND reached >= 0.99)
        FROM placed GROUP BY name, span ORDER BY name COLLATE "C", span
        """
}
