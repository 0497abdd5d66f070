import Database

extension TrackingSchema {
    static let evaluationDatasets = Migration(
        "tracking.V006_create_evaluation_datasets",
        [
            """
            CREATE TABLE evaluation_datasets (
                dataset_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                name TEXT COLLATE "C" NOT NULL,
                digest TEXT NOT NULL,
                schema_text TEXT,
                record_count BIGINT NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                created_by TEXT COLLATE "C",
                updated_by TEXT COLLATE "C"
            )
            """,
            """
            CREATE TABLE evaluation_dataset_tags (
                dataset_id TEXT COLLATE "C" NOT NULL REFERENCES evaluation_datasets,
                key TEXT COLLATE "C" NOT NULL,
                value TEXT COLLATE "C" NOT NULL,
                PRIMARY KEY (dataset_id, key)
            ) {clustered}
            """,
            """
            CREATE TABLE evaluation_dataset_experiments (
                dataset_id TEXT COLLATE "C" NOT NULL REFERENCES evaluation_datasets,
                experiment_id BIGINT NOT NULL REFERENCES experiments,
                PRIMARY KEY (dataset_id, experiment_id)
            ) {clustered}
            """,
            """
            CREATE INDEX evaluation_datasets_by_experiment
            ON evaluation_dataset_experiments (experiment_id, dataset_id)
            """,
            """
            CREATE TABLE evaluation_dataset_records (
                dataset_id TEXT COLLATE "C" NOT NULL REFERENCES evaluation_datasets,
                input_digest TEXT COLLATE "C" NOT NULL,
                record_id TEXT COLLATE "C" NOT NULL,
                document TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                created_by TEXT,
                updated_by TEXT,
                PRIMARY KEY (dataset_id, input_digest)
            )
            """,
            """
            CREATE INDEX evaluation_dataset_records_by_creation
            ON evaluation_dataset_records (dataset_id, created_at, record_id)
            """,
        ]
    )
}
