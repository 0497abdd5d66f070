import Database

extension TrackingSchema {
    /// Severity is the place among the severities, so that the worst comes first without a table of names. The run may
    /// be removed for good while the issue stays, so it is no reference.
    static let issues = Migration(
        "tracking.V014_create_issues",
        [
            """
            CREATE TABLE issues (
                issue_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                experiment_id BIGINT NOT NULL REFERENCES experiments,
                name TEXT NOT NULL,
                description TEXT NOT NULL,
                status TEXT COLLATE "C" NOT NULL,
                severity SMALLINT,
                root_causes TEXT NOT NULL,
                source_run_id TEXT COLLATE "C",
                categories TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                created_by TEXT
            )
            """,
            "CREATE INDEX issues_by_experiment ON issues (experiment_id, created_at, issue_id)",
            "CREATE INDEX issues_by_source_run ON issues (source_run_id)",
        ]
    )
}
