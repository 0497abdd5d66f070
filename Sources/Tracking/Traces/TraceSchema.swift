import Database

extension TrackingSchema {
    /// A link between a trace and a run may be told before the trace is, so it refers to no row.
    static let traces = Migration(
        "tracking.V012_create_traces",
        [
            """
            CREATE TABLE traces (
                trace_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                experiment_id BIGINT NOT NULL REFERENCES experiments,
                requested_at BIGINT NOT NULL,
                duration_ms BIGINT,
                state TEXT COLLATE "C" NOT NULL,
                client_request_id TEXT COLLATE "C",
                request_preview TEXT,
                response_preview TEXT
            )
            """,
            "CREATE INDEX traces_by_request ON traces (experiment_id, requested_at DESC, trace_id)",
            """
            CREATE TABLE trace_tags (
                trace_id TEXT COLLATE "C" NOT NULL REFERENCES traces,
                key TEXT COLLATE "C" NOT NULL,
                value TEXT COLLATE "C" NOT NULL,
                PRIMARY KEY (trace_id, key)
            ) {clustered}
            """,
            """
            CREATE TABLE trace_metadata (
                trace_id TEXT COLLATE "C" NOT NULL REFERENCES traces,
                key TEXT COLLATE "C" NOT NULL,
                value TEXT COLLATE "C" NOT NULL,
                PRIMARY KEY (trace_id, key)
            ) {clustered}
            """,
            """
            CREATE TABLE trace_runs (
                trace_id TEXT COLLATE "C" NOT NULL,
                run_number BIGINT NOT NULL,
                PRIMARY KEY (trace_id, run_number)
            ) {clustered}
            """,
            "CREATE INDEX trace_runs_by_run ON trace_runs (run_number, trace_id)",
        ]
    )

    /// What is said of a trace can be said, changed and taken back later, so it has rows of its own.
    static let assessments = Migration(
        "tracking.V015_create_trace_assessments",
        [
            """
            CREATE TABLE trace_assessments (
                trace_id TEXT COLLATE "C" NOT NULL REFERENCES traces,
                assessment_id TEXT COLLATE "C" NOT NULL,
                name TEXT COLLATE "C" NOT NULL,
                kind TEXT COLLATE "C" NOT NULL,
                statement TEXT NOT NULL,
                source_kind TEXT COLLATE "C" NOT NULL,
                source_id TEXT,
                rationale TEXT,
                metadata TEXT NOT NULL,
                span_id TEXT COLLATE "C",
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                overrides TEXT COLLATE "C",
                is_valid SMALLINT NOT NULL,
                PRIMARY KEY (trace_id, assessment_id)
            ) {clustered}
            """
        ]
    )
}
