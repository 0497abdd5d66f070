package import Database

/// The tables of Tracking, step by step.
package enum TrackingSchema {
    /// The steps, in order.
    package static let migrations: [Migration] = [
        experiments, runs, metrics, loggedModels, inputs, evaluationDatasets, inputContexts, metricChunks,
        indexedValues, widerIndexes, purges, traces, scorers, issues, assessments,
    ]

    private static let experiments = Migration(
        "tracking.V001_create_experiments",
        [
            """
            CREATE TABLE experiments (
                experiment_id BIGINT NOT NULL PRIMARY KEY,
                name TEXT COLLATE "C" NOT NULL UNIQUE,
                artifact_location TEXT NOT NULL,
                is_active SMALLINT NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX experiments_by_creation ON experiments (created_at, experiment_id)",
            """
            CREATE TABLE experiment_tags (
                experiment_id BIGINT NOT NULL REFERENCES experiments,
                key TEXT COLLATE "C" NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (experiment_id, key)
            ) {clustered}
            """,
            "CREATE TABLE tracking_counters (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL)",
            "INSERT INTO tracking_counters (name, value) VALUES ('experiment', 0), ('run', 0), ('metric_key', 0)",
        ]
    )

    private static let runs = Migration(
        "tracking.V002_create_runs",
        [
            """
            CREATE TABLE runs (
                run_number BIGINT NOT NULL PRIMARY KEY,
                run_id TEXT COLLATE "C" NOT NULL UNIQUE,
                experiment_id BIGINT NOT NULL REFERENCES experiments,
                name TEXT COLLATE "C" NOT NULL,
                user_id TEXT COLLATE "C" NOT NULL,
                status SMALLINT NOT NULL,
                started_at BIGINT NOT NULL,
                ended_at BIGINT,
                deleted_at BIGINT,
                artifact_uri TEXT COLLATE "C" NOT NULL
            )
            """,
            "CREATE INDEX runs_by_start ON runs (experiment_id, started_at DESC, run_id)",
            """
            CREATE TABLE run_params (
                run_number BIGINT NOT NULL REFERENCES runs,
                key TEXT COLLATE "C" NOT NULL,
                value TEXT COLLATE "C" NOT NULL,
                PRIMARY KEY (run_number, key)
            ) {clustered}
            """,
            """
            CREATE TABLE run_tags (
                run_number BIGINT NOT NULL REFERENCES runs,
                key TEXT COLLATE "C" NOT NULL,
                value TEXT COLLATE "C" NOT NULL,
                PRIMARY KEY (run_number, key)
            ) {clustered}
            """,
        ]
    )

    /// The points of a run's metric lie together on the disk; the latest ones lie apart, so that search and the runs
    /// table never touch history. The points have no foreign key: the run is looked up in the same transaction.
    private static let metrics = Migration(
        "tracking.V003_create_metrics",
        [
            "CREATE TABLE metric_keys (key_id BIGINT NOT NULL PRIMARY KEY, key TEXT COLLATE \"C\" NOT NULL UNIQUE)",
            """
            CREATE TABLE metric_points (
                run_number BIGINT NOT NULL,
                key_id BIGINT NOT NULL,
                step BIGINT NOT NULL,
                timestamp BIGINT NOT NULL,
                value DOUBLE PRECISION NOT NULL,
                is_nan SMALLINT NOT NULL,
                PRIMARY KEY (run_number, key_id, step, timestamp, value, is_nan)
            ) {clustered}
            """,
            """
            CREATE TABLE latest_metrics (
                run_number BIGINT NOT NULL,
                key_id BIGINT NOT NULL,
                step BIGINT NOT NULL,
                timestamp BIGINT NOT NULL,
                value DOUBLE PRECISION NOT NULL,
                is_nan SMALLINT NOT NULL,
                PRIMARY KEY (run_number, key_id)
            ) {clustered}
            """,
            "CREATE INDEX latest_metrics_by_value ON latest_metrics (key_id, value, run_number)",
        ]
    )

    private static let loggedModels = Migration(
        "tracking.V004_create_logged_models",
        [
            """
            CREATE TABLE logged_models (
                model_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                experiment_id BIGINT NOT NULL REFERENCES experiments,
                name TEXT COLLATE "C" NOT NULL,
                artifact_uri TEXT NOT NULL,
                model_type TEXT NOT NULL,
                source_run_id TEXT COLLATE "C",
                status SMALLINT NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                deleted_at BIGINT
            )
            """,
            "CREATE INDEX logged_models_by_creation ON logged_models (experiment_id, created_at DESC, model_id)",
            """
            CREATE TABLE logged_model_tags (
                model_id TEXT COLLATE "C" NOT NULL REFERENCES logged_models,
                key TEXT COLLATE "C" NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (model_id, key)
            ) {clustered}
            """,
            """
            CREATE TABLE logged_model_params (
                model_id TEXT COLLATE "C" NOT NULL REFERENCES logged_models,
                key TEXT COLLATE "C" NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (model_id, key)
            ) {clustered}
            """,
            """
            CREATE TABLE logged_model_metrics (
                model_id TEXT COLLATE "C" NOT NULL,
                key TEXT COLLATE "C" NOT NULL,
                run_id TEXT COLLATE "C" NOT NULL,
                dataset_name TEXT COLLATE "C" NOT NULL,
                dataset_digest TEXT COLLATE "C" NOT NULL,
                step BIGINT NOT NULL,
                timestamp BIGINT NOT NULL,
                value DOUBLE PRECISION NOT NULL,
                is_nan SMALLINT NOT NULL,
                PRIMARY KEY (model_id, key, run_id, dataset_name, dataset_digest, step, timestamp)
            ) {clustered}
            """,
        ]
    )

    private static let inputs = Migration(
        "tracking.V005_create_inputs",
        [
            """
            CREATE TABLE run_datasets (
                experiment_id BIGINT NOT NULL,
                name TEXT COLLATE "C" NOT NULL,
                digest TEXT COLLATE "C" NOT NULL,
                source_type TEXT NOT NULL,
                source TEXT NOT NULL,
                schema_text TEXT,
                profile TEXT,
                PRIMARY KEY (experiment_id, name, digest)
            )
            """,
            """
            CREATE TABLE run_dataset_inputs (
                run_number BIGINT NOT NULL,
                name TEXT COLLATE "C" NOT NULL,
                digest TEXT COLLATE "C" NOT NULL,
                experiment_id BIGINT NOT NULL,
                tags TEXT NOT NULL,
                PRIMARY KEY (run_number, name, digest)
            ) {clustered}
            """,
            """
            CREATE TABLE run_models (
                run_number BIGINT NOT NULL,
                is_output SMALLINT NOT NULL,
                model_id TEXT COLLATE "C" NOT NULL,
                step BIGINT NOT NULL,
                PRIMARY KEY (run_number, is_output, model_id)
            ) {clustered}
            """,
        ]
    )

    /// What an input was used for, apart from its other tags, and its place among the run's inputs. Tags that hold
    /// nothing but the use are all that clients have written so far.
    private static let inputContexts = Migration(
        "tracking.V007_add_input_contexts",
        [
            "ALTER TABLE run_dataset_inputs ADD COLUMN context TEXT COLLATE \"C\"",
            "ALTER TABLE run_dataset_inputs ADD COLUMN position BIGINT NOT NULL DEFAULT 0",
            """
            UPDATE run_dataset_inputs SET context = SUBSTR(tags, 40, LENGTH(tags) - 42)
            WHERE tags LIKE '[{"key":"mlflow.data.context","value":"%"}]' AND tags NOT LIKE '%},{%'
            """,
        ]
    )

    /// Points that were logged together, a few dozens in a row: a call writes as many rows as it has keys, not points.
    private static let metricChunks = Migration(
        "tracking.V008_create_metric_chunks",
        [
            """
            CREATE TABLE metric_chunks (
                run_number BIGINT NOT NULL,
                key_id BIGINT NOT NULL,
                points BYTEA NOT NULL,
                PRIMARY KEY (run_number, key_id, points)
            ) {clustered}
            """
        ]
    )

    /// Search looks for values and walks along them. Longer texts stay out, for PostgreSQL bounds an index's entries;
    /// the second index of each table says for which keys there are some.
    private static let indexedValues = Migration(
        "tracking.V009_index_values",
        [
            "CREATE INDEX run_params_by_value ON run_params (key, value, run_number) WHERE LENGTH(value) <= 250",
            "CREATE INDEX run_params_long ON run_params (key) WHERE LENGTH(value) > 250",
            "CREATE INDEX run_tags_by_value ON run_tags (key, value, run_number) WHERE LENGTH(value) <= 250",
            "CREATE INDEX run_tags_long ON run_tags (key) WHERE LENGTH(value) > 250",
        ]
    )

    /// With what a search asks of most runs in the indexes themselves, a run or metric that does not belong to the page
    /// costs no look at its row.
    private static let widerIndexes = Migration(
        "tracking.V010_widen_indexes",
        [
            "DROP INDEX runs_by_start",
            "CREATE INDEX runs_by_start ON runs (experiment_id, started_at DESC, run_id, run_number, deleted_at)",
            "DROP INDEX latest_metrics_by_value",
            "CREATE INDEX latest_metrics_by_value ON latest_metrics (key_id, value, is_nan, run_number)",
        ]
    )

    /// The numbers of runs that are gone and whose points are not yet: a run may have more of them than one transaction
    /// should take. Inputs are looked for by their dataset when the last run that read it goes.
    private static let purges = Migration(
        "tracking.V011_create_purged_runs",
        [
            "CREATE TABLE purged_runs (run_number BIGINT NOT NULL PRIMARY KEY)",
            "CREATE INDEX run_dataset_inputs_by_dataset ON run_dataset_inputs (experiment_id, name, digest)",
        ]
    )
}
