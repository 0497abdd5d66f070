package import Database

/// The tables of Webhooks, step by step.
package enum WebhookSchema {
    /// The steps, in order.
    package static let migrations: [Migration] = [
        Migration(
            "webhooks.V001_create_webhooks",
            [
                """
                CREATE TABLE webhooks (
                    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                    name TEXT NOT NULL,
                    url TEXT NOT NULL,
                    description TEXT NOT NULL,
                    sealed_secret TEXT,
                    status TEXT NOT NULL,
                    created_at BIGINT NOT NULL,
                    updated_at BIGINT NOT NULL
                )
                """,
                """
                CREATE TABLE webhook_events (
                    webhook_id TEXT COLLATE "C" NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
                    event TEXT COLLATE "C" NOT NULL,
                    is_mlflow BIGINT NOT NULL,
                    PRIMARY KEY (webhook_id, event)
                )
                """,
                // One row once there is a webhook: up to where in the audit trail all were told.
                "CREATE TABLE webhook_position (id BIGINT NOT NULL PRIMARY KEY, sequence BIGINT NOT NULL)",
                """
                CREATE TABLE webhook_deliveries (
                    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                    webhook_id TEXT COLLATE "C" NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
                    event TEXT NOT NULL,
                    sequence BIGINT NOT NULL,
                    body TEXT NOT NULL,
                    state TEXT NOT NULL,
                    attempts BIGINT NOT NULL,
                    next_attempt_at BIGINT NOT NULL,
                    created_at BIGINT NOT NULL,
                    finished_at BIGINT,
                    response_status BIGINT,
                    error TEXT
                )
                """,
                "CREATE INDEX webhook_deliveries_of ON webhook_deliveries (webhook_id, id)",
                """
                CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at)
                WHERE state = 'pending'
                """,
                "CREATE INDEX webhook_deliveries_finished ON webhook_deliveries (finished_at) WHERE state <> 'pending'",
            ]
        )
    ]
}
