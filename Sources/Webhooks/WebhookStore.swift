import Database
import Kernel

/// The SQL of webhooks.
enum WebhookStore {
    /// A webhook with its secret, as deliveries need it.
    struct Receiver: Sendable {
        var webhook: Webhook
        let sealedSecret: String?
    }

    static func insert(_ webhook: Webhook, sealedSecret: String?, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO webhooks (id, name, url, description, sealed_secret, status, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(webhook.id), .text(webhook.name), .text(webhook.url), .text(webhook.description),
                .text(sealedSecret), .text(webhook.status.rawValue), .integer(webhook.createdAt.milliseconds),
                .integer(webhook.updatedAt.milliseconds),
            ]
        )
        try insert(webhook.events, of: webhook.id, on: connection)
    }

    /// Writes `webhook` over what was there under its id; a secret of nil leaves the one there is.
    static func update(_ webhook: Webhook, sealedSecret: String??, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE webhooks SET name = $2, url = $3, description = $4, status = $5, updated_at = $6 WHERE id = $1",
            [
                .text(webhook.id), .text(webhook.name), .text(webhook.url), .text(webhook.description),
                .text(webhook.status.rawValue), .integer(webhook.updatedAt.milliseconds),
            ]
        )
        if let sealedSecret {
            try connection.execute(
                "UPDATE webhooks SET sealed_secret = $2 WHERE id = $1",
                [.text(webhook.id), .text(sealedSecret)]
            )
        }
        try connection.execute("DELETE FROM webhook_events WHERE webhook_id = $1", [.text(webhook.id)])
        try insert(webhook.events, of: webhook.id, on: connection)
    }

    private static func insert(_ events: [WebhookEvent], of id: String, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "INSERT INTO webhook_events (webhook_id, event, is_mlflow) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            events.map { [.text(id), .text($0.text), .flag($0.isMLflow)] }
        )
    }

    /// Deletes a webhook, and the database its events and deliveries with it.
    static func delete(_ id: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM webhooks WHERE id = $1", [.text(id)])
    }

    static func count(on connection: any SQLConnection) throws -> Int {
        Int(try connection.first("SELECT count(*) FROM webhooks") { try $0.integer(0) } ?? 0)
    }

    static func find(_ id: String, on connection: any SQLConnection) throws -> Receiver? {
        try receivers("WHERE w.id = $1", [.text(id)], on: connection).first
    }

    /// At most `limit` webhooks after the first `offset`, newest first; with an event of MLflow's alone where asked.
    static func list(
        ofMLflow isOfMLflow: Bool,
        limit: Int,
        offset: Int,
        on connection: any SQLConnection
    ) throws -> [Webhook] {
        let condition: SQLText =
            isOfMLflow
            ? "WHERE EXISTS (SELECT 1 FROM webhook_events e WHERE e.webhook_id = w.id AND e.is_mlflow = 1)" : ""
        return try receivers(
            condition + " ORDER BY w.id DESC LIMIT " + .number(limit) + " OFFSET " + .number(offset),
            [],
            on: connection
        ).map(\.webhook)
    }

    static func active(on connection: any SQLConnection) throws -> [Webhook] {
        try receivers("WHERE w.status = 'ACTIVE' ORDER BY w.id", [], on: connection).map(\.webhook)
    }

    /// Up to where in the audit trail all webhooks were told; nil before the first webhook.
    static func position(on connection: any SQLConnection) throws -> Int64? {
        try connection.first("SELECT sequence FROM webhook_position WHERE id = 1") { try $0.integer(0) }
    }

    static func setPosition(_ sequence: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO webhook_position (id, sequence) VALUES (1, $1)
            ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence
            """,
            [.integer(sequence)]
        )
    }

    private static func receivers(_ text: SQLText, _ parameters: [SQLValue], on connection: any SQLConnection) throws
        -> [Receiver]
    {
        var receivers = try connection.query(columns + text, parameters) { row in
            Receiver(webhook: try webhook(row), sealedSecret: try row.optionalText(4))
        }
        guard !receivers.isEmpty else { return [] }
        let events = try connection.query(
            "SELECT webhook_id, event FROM webhook_events WHERE webhook_id IN ("
                + .parameters(from: 1, count: receivers.count) + ") ORDER BY webhook_id, event",
            receivers.map { .text($0.webhook.id) }
        ) { row in (id: try row.text(0), event: try WebhookEvent(stored: try row.text(1))) }
        let byID = Dictionary(grouping: events, by: \.id)
        for place in receivers.indices {
            receivers[place].webhook.events = byID[receivers[place].webhook.id]?.map(\.event) ?? []
        }
        return receivers
    }

    private static let columns: SQLText = """
        SELECT w.id, w.name, w.url, w.description, w.sealed_secret, w.status, w.created_at, w.updated_at FROM webhooks w
        """ + " "

    /// The webhook without its events.
    private static func webhook(_ row: borrowing SQLRow) throws -> Webhook {
        guard let status = Webhook.Status(rawValue: try row.text(5)) else {
            throw DatabaseError(.unexpectedValue, "a webhook has no known status")
        }
        return Webhook(
            id: try row.text(0),
            name: try row.text(1),
            url: try row.text(2),
            events: [],
            description: try row.text(3),
            status: status,
            isSigned: !row.isNull(4),
            createdAt: Timestamp(milliseconds: try row.integer(6)),
            updatedAt: Timestamp(milliseconds: try row.integer(7))
        )
    }
}
