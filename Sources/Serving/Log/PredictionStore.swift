import Database
import Kernel

/// The SQL of the prediction log.
enum PredictionStore {
    /// Writes `records`; one that is there already stays as it is, so that a batch may be written again.
    static func insert(_ records: [PredictionRecord], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            INSERT INTO predictions
                (request_id, at, endpoint, model_name, model_version, status, latency_ms, features, prediction, error,
                variant, policy_version, is_drawn, shadow_of)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (request_id) DO NOTHING
            """,
            records.map { record in
                [
                    .text(record.requestID), .integer(record.at.milliseconds), .text(record.endpoint),
                    .text(record.modelName), .integer(Int64(record.modelVersion)), .integer(Int64(record.status)),
                    .double(record.latencyMs), .text(record.features), .text(record.prediction), .text(record.error),
                    .text(record.variant), .integer(record.policyVersion.map { Int64($0) }), .flag(record.isDrawn),
                    .text(record.shadowOf),
                ]
            }
        )
    }

    /// Removes at most `limit` of those that came before `time`, the oldest first; answers how many there were.
    static func remove(_ limit: Int, before time: Timestamp, on connection: any SQLConnection) throws -> Int {
        // Ids begin with their time, so that the oldest lie together at the beginning of the table.
        let mark = firstID(at: time)
        return try connection.execute(
            """
            DELETE FROM predictions WHERE request_id IN (
                SELECT request_id FROM predictions WHERE request_id COLLATE "C" < $1
                ORDER BY request_id COLLATE "C" LIMIT $2
            )
            """,
            [.text(mark), .integer(Int64(limit))]
        )
    }

    /// The newest `limit` predictions that `endpoint` answered, newest first.
    static func newest(_ limit: Int, of endpoint: String, on connection: any SQLConnection) throws
        -> [PredictionRecord]
    {
        try connection.query(
            columns + """
                 FROM predictions WHERE endpoint = $1 AND status = 200 AND shadow_of IS NULL
                ORDER BY at DESC, request_id COLLATE "C" DESC LIMIT $2
                """,
            [.text(endpoint), .integer(Int64(limit))],
            record
        )
    }

    /// At most `limit` predictions that `endpoint` answered from `start` to `end`, newest first.
    static func answered(
        by endpoint: String,
        from start: Timestamp,
        to end: Timestamp,
        limit: Int,
        on connection: any SQLConnection
    ) throws -> [PredictionRecord] {
        try connection.query(
            columns + """
                 FROM predictions WHERE endpoint = $1 AND at >= $2 AND at <= $3 AND status = 200 AND shadow_of IS NULL
                ORDER BY at DESC, request_id COLLATE "C" DESC LIMIT $4
                """,
            [.text(endpoint), .integer(start.milliseconds), .integer(end.milliseconds), .integer(Int64(limit))],
            record
        )
    }

    /// At most `limit` predictions of `filter` before the one called `mark`, newest first.
    static func page(
        _ filter: PredictionFilter,
        before mark: String?,
        limit: Int,
        on connection: any SQLConnection
    ) throws -> [PredictionRecord] {
        var conditions: [SQLText] = []
        var parameters: [SQLValue] = []
        func require(_ condition: SQLText, _ value: SQLValue?) {
            guard let value else { return }
            parameters.append(value)
            conditions.append(condition + .parameter(parameters.count))
        }
        require("endpoint = ", filter.endpoint.map { .text($0) })
        require("model_name = ", filter.modelName.map { .text($0) })
        require("model_version = ", filter.modelVersion.map { .integer(Int64($0)) })
        require("variant = ", filter.variant.map { .text($0) })
        conditions.append(filter.isShadow ? "shadow_of IS NOT NULL" : "shadow_of IS NULL")
        require(#"request_id COLLATE "C" = "#, filter.requestID.map { .text($0) })
        require(#"request_id COLLATE "C" < "#, mark.map { .text($0) })
        // An id begins with its time: each of these says no more than another, but there is an index for either.
        require("at <= ", mark.flatMap { Int64($0.prefix(12), radix: 16) }.map { .integer($0) })
        require("at >= ", filter.start.map { .integer($0.milliseconds) })
        require("at <= ", filter.end.map { .integer($0.milliseconds) })
        require(#"request_id COLLATE "C" >= "#, filter.start.map { .text(Self.firstID(at: $0)) })
        require(
            #"request_id COLLATE "C" < "#,
            filter.end.map { .text(Self.firstID(at: $0.advanced(byMilliseconds: 1))) }
        )
        let order: SQLText = filter.endpoint == nil ? "" : "at DESC, "
        let text =
            columns + " FROM predictions WHERE " + conditions.joined(separator: " AND ") + " ORDER BY " + order
            + #"request_id COLLATE "C" DESC LIMIT "# + .number(limit)
        return try connection.query(text, parameters, record)
    }

    /// What no id of something that happened before `time` comes behind.
    private static func firstID(at time: Timestamp) -> String {
        RequestID(high: UInt64(clamping: time.milliseconds) << 16, low: 0).description
    }

    static let columns: SQLText = """
        SELECT request_id, at, endpoint, model_name, model_version, status, latency_ms, features, prediction, error,
            variant, policy_version, is_drawn, shadow_of, metric_value, ground_truth
        """

    static func record(_ row: borrowing SQLRow) throws -> PredictionRecord {
        PredictionRecord(
            requestID: try row.text(0),
            endpoint: try row.text(2),
            modelName: try row.text(3),
            modelVersion: Int(try row.integer(4)),
            variant: try row.optionalText(10),
            policyVersion: try row.optionalInteger(11).map { Int($0) },
            isDrawn: try row.integer(12) != 0,
            shadowOf: try row.optionalText(13),
            at: Timestamp(milliseconds: try row.integer(1)),
            features: try row.text(7),
            prediction: try row.text(8),
            latencyMs: try row.double(6),
            status: Int(try row.integer(5)),
            error: try row.optionalText(9),
            metricValue: try row.optionalDouble(14),
            groundTruth: try row.optionalText(15)
        )
    }
}
