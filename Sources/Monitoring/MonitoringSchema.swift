package import Database

/// The tables of Monitoring, step by step.
package enum MonitoringSchema {
    /// The steps, in order.
    package static let migrations: [Migration] = [references, reports, alerts]

    private static let references = Migration(
        "monitoring.V001_create_references",
        [
            """
            CREATE TABLE monitoring_references (
                model_name TEXT NOT NULL,
                model_version BIGINT NOT NULL,
                version_created_at BIGINT NOT NULL,
                captured_at BIGINT NOT NULL,
                row_count BIGINT NOT NULL,
                PRIMARY KEY (model_name, model_version)
            )
            """,
            """
            CREATE TABLE monitoring_reference_columns (
                model_name TEXT NOT NULL,
                model_version BIGINT NOT NULL,
                position BIGINT NOT NULL,
                name TEXT NOT NULL,
                document TEXT NOT NULL,
                sample BYTEA NOT NULL,
                PRIMARY KEY (model_name, model_version, position)
            )
            """,
        ]
    )

    private static let reports = Migration(
        "monitoring.V002_create_reports",
        [
            """
            CREATE TABLE monitoring_reports (
                id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                endpoint TEXT NOT NULL,
                model_name TEXT NOT NULL,
                model_version BIGINT NOT NULL,
                checked_at BIGINT NOT NULL,
                reference_rows BIGINT NOT NULL,
                current_rows BIGINT NOT NULL,
                window_from BIGINT NOT NULL,
                window_to BIGINT NOT NULL,
                verdict TEXT NOT NULL,
                columns TEXT NOT NULL
            )
            """,
            "CREATE INDEX monitoring_reports_by_time ON monitoring_reports (checked_at, id)",
            "CREATE INDEX monitoring_reports_by_endpoint ON monitoring_reports (endpoint, checked_at, id)",
        ]
    )

    private static let alerts = Migration(
        "monitoring.V003_create_alerts",
        [
            """
            CREATE TABLE monitoring_alerts (
                id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                fingerprint TEXT NOT NULL,
                type TEXT NOT NULL,
                severity TEXT NOT NULL,
                state TEXT NOT NULL,
                endpoint TEXT NOT NULL,
                model_name TEXT NOT NULL,
                model_version BIGINT NOT NULL,
                feature TEXT,
                method TEXT,
                value DOUBLE PRECISION,
                threshold DOUBLE PRECISION,
                message TEXT NOT NULL,
                report_id TEXT,
                opened_at BIGINT NOT NULL,
                last_seen_at BIGINT NOT NULL,
                seen_count BIGINT NOT NULL,
                acknowledged_at BIGINT,
                acknowledged_by TEXT,
                note TEXT
            )
            """,
            "CREATE INDEX monitoring_alerts_by_time ON monitoring_alerts (opened_at, id)",
            "CREATE INDEX monitoring_alerts_by_state ON monitoring_alerts (state, opened_at, id)",
            "CREATE INDEX monitoring_alerts_by_fingerprint ON monitoring_alerts (fingerprint, opened_at, id)",
        ]
    )
}
