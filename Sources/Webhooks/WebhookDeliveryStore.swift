import Database
import Kernel

/// The SQL of deliveries.
enum WebhookDeliveryStore {
    /// How an attempt ended.
    struct Outcome: Sendable {
        let state: WebhookDelivery.State
        let nextAttemptAt: Timestamp
        let responseStatus: Int?
        let error: String?
    }

    static func insert(_ delivery: WebhookDelivery, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO webhook_deliveries
                (id, webhook_id, event, sequence, body, state, attempts, next_attempt_at, created_at, finished_at, error)
            VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10)
            """,
            [
                .text(delivery.id), .text(delivery.webhookID), .text(delivery.event), .integer(delivery.sequence),
                .text(delivery.body), .text(delivery.state.rawValue), .integer(delivery.nextAttemptAt.milliseconds),
                .integer(delivery.createdAt.milliseconds), .integer(delivery.finishedAt?.milliseconds),
                .text(delivery.error),
            ]
        )
    }

    /// The active webhooks to which something is to be sent now.
    static func webhooksDue(at now: Timestamp, on connection: any SQLConnection) throws -> [String] {
        try connection.query(
            """
            SELECT w.id FROM webhooks w WHERE w.status = 'ACTIVE' AND EXISTS (
                SELECT 1 FROM webhook_deliveries d
                WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.next_attempt_at <= $1)
            """,
            [.integer(now.milliseconds)]
        ) { try $0.text(0) }
    }

    /// How many deliveries to each webhook wait; webhooks for which none does are left out.
    static func pendingCounts(on connection: any SQLConnection) throws -> [String: Int] {
        let counts = try connection.query(
            "SELECT webhook_id, count(*) FROM webhook_deliveries WHERE state = 'pending' GROUP BY webhook_id",
            []
        ) { (try $0.text(0), Int(try $0.integer(1))) }
        return Dictionary(uniqueKeysWithValues: counts)
    }

    /// Gives up what has been due since before `time` and was not tried, also what a disabled webhook holds back.
    static func failOverdue(before time: Timestamp, at now: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE webhook_deliveries SET state = 'failed', finished_at = $2, error = $3
            WHERE state = 'pending' AND next_attempt_at < $1
            """,
            [.integer(time.milliseconds), .integer(now.milliseconds), .text(DeliveryBacklog.tooLate)]
        )
    }

    /// Takes at most `limit` deliveries to a webhook that are due, the longest waiting first: nobody else takes them
    /// before `lease`, by which the claim is known.
    static func claim(
        of webhookID: String,
        limit: Int,
        at now: Timestamp,
        until lease: Timestamp,
        on connection: any SQLConnection
    ) throws -> [WebhookDelivery] {
        let due = try connection.query(
            columns
                + """
                WHERE webhook_id = $1 AND state = 'pending' AND next_attempt_at <= $2
                ORDER BY next_attempt_at, id LIMIT
                """
                + " " + .number(limit),
            [.text(webhookID), .integer(now.milliseconds)],
            delivery
        )
        try connection.executeBatch(
            "UPDATE webhook_deliveries SET next_attempt_at = $2, attempts = attempts + 1 WHERE id = $1",
            due.map { [.text($0.id), .integer(lease.milliseconds)] }
        )
        return due.map { delivery in
            var claimed = delivery
            claimed.nextAttemptAt = lease
            return claimed
        }
    }

    /// Notes how an attempt at a claimed delivery ended, unless the claim is over: it ran out and another has the
    /// delivery, or it was restarted.
    static func finish(
        _ claimed: WebhookDelivery,
        _ outcome: Outcome,
        at now: Timestamp,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE webhook_deliveries SET state = $2, next_attempt_at = $3, response_status = $4, error = $5,
                finished_at = $6 WHERE id = $1 AND state = 'pending' AND next_attempt_at = $7
            """,
            [
                .text(claimed.id), .text(outcome.state.rawValue), .integer(outcome.nextAttemptAt.milliseconds),
                .integer(outcome.responseStatus.map { Int64($0) }), .text(outcome.error),
                .integer(outcome.state == .pending ? nil : now.milliseconds),
                .integer(claimed.nextAttemptAt.milliseconds),
            ]
        )
    }

    /// Sends a delivery once more as if it were new; answers false when there is none of that id.
    static func restart(_ id: String, of webhookID: String, at now: Timestamp, on connection: any SQLConnection) throws
        -> Bool
    {
        try connection.execute(
            """
            UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_attempt_at = $3, finished_at = NULL
            WHERE id = $1 AND webhook_id = $2
            """,
            [.text(id), .text(webhookID), .integer(now.milliseconds)]
        ) > 0
    }

    /// At most `limit` deliveries to a webhook after the first `offset`, newest first.
    static func list(
        of webhookID: String,
        state: WebhookDelivery.State?,
        limit: Int,
        offset: Int,
        on connection: any SQLConnection
    ) throws -> [WebhookDelivery] {
        let condition: SQLText = state == nil ? "" : " AND state = $2"
        return try connection.query(
            columns + "WHERE webhook_id = $1" + condition + " ORDER BY id DESC LIMIT " + .number(limit) + " OFFSET "
                + .number(offset),
            [.text(webhookID)] + (state.map { [.text($0.rawValue)] } ?? []),
            delivery
        )
    }

    /// The newest delivery to each webhook, by the webhook's id.
    static func newest(of webhookIDs: [String], on connection: any SQLConnection) throws -> [String: WebhookDelivery] {
        guard !webhookIDs.isEmpty else { return [:] }
        let found = try connection.query(
            columns
                + """
                WHERE id IN (
                    SELECT (SELECT max(d.id) FROM webhook_deliveries d WHERE d.webhook_id = w.id)
                    FROM webhooks w WHERE w.id IN (
                """
                + .parameters(from: 1, count: webhookIDs.count) + "))",
            webhookIDs.map { .text($0) },
            delivery
        )
        return Dictionary(uniqueKeysWithValues: found.map { ($0.webhookID, $0) })
    }

    static func deleteFinished(before time: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM webhook_deliveries WHERE state <> 'pending' AND finished_at < $1",
            [.integer(time.milliseconds)]
        )
    }

    private static let columns: SQLText = """
        SELECT id, webhook_id, event, sequence, body, state, attempts, next_attempt_at, created_at, finished_at,
            response_status, error FROM webhook_deliveries
        """ + " "

    private static func delivery(_ row: borrowing SQLRow) throws -> WebhookDelivery {
        guard let state = WebhookDelivery.State(rawValue: try row.text(5)) else {
            throw DatabaseError(.unexpectedValue, "a delivery is in no known state")
        }
        return WebhookDelivery(
            id: try row.text(0),
            webhookID: try row.text(1),
            event: try row.text(2),
            sequence: try row.integer(3),
            body: try row.text(4),
            state: state,
            attempts: Int(try row.integer(6)),
            nextAttemptAt: Timestamp(milliseconds: try row.integer(7)),
            createdAt: Timestamp(milliseconds: try row.integer(8)),
            finishedAt: try row.optionalInteger(9).map { Timestamp(milliseconds: $0) },
            responseStatus: try row.optionalInteger(10).map { Int($0) },
            error: try row.optionalText(11)
        )
    }
}
