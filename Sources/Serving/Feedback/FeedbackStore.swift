import Database
import Kernel

/// The SQL of feedback, which lies with the predictions.
enum FeedbackStore {
    /// The predictions of these names, with whether each had a value and a ground truth before.
    static func predictions(_ ids: [String], on connection: any SQLConnection) throws -> [PredictionRecord] {
        guard !ids.isEmpty else { return [] }
        return try connection.query(
            PredictionStore.columns + " FROM predictions WHERE request_id IN ("
                + .parameters(from: 1, count: ids.count) + ")",
            ids.map { .text($0) },
            PredictionStore.record
        )
    }

    /// Writes what `feedback` tells; what it does not tell stays.
    static func save(_ feedback: [Feedback], at time: Timestamp, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            UPDATE predictions SET metric_value = COALESCE($2, metric_value),
                ground_truth = COALESCE($3, ground_truth), feedback_at = $4
            WHERE request_id = $1
            """,
            feedback.map { one in
                [
                    .text(one.requestID), one.value.map { .double($0) } ?? .null, .text(one.groundTruth?.text),
                    .integer(time.milliseconds),
                ]
            }
        )
    }
}
