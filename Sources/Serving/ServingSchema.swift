package import Database

/// The tables of Serving, step by step.
package enum ServingSchema {
    /// The steps in the database of metadata, in order.
    package static let migrations: [Migration] = [
        Migration(
            "serving.V001_create_endpoints",
            [
                """
                CREATE TABLE endpoints (
                    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                    model_name TEXT NOT NULL,
                    model_version BIGINT NOT NULL,
                    digest TEXT NOT NULL,
                    deployed_at BIGINT NOT NULL,
                    deployed_by TEXT NOT NULL
                ) {clustered}
                """
            ]
        ),
        Migration(
            "serving.V002_create_endpoint_workers",
            [
                """
                CREATE TABLE endpoint_workers (
                    endpoint TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                    replicas BIGINT NOT NULL,
                    batching SMALLINT
                ) {clustered}
                """
            ]
        ),
        Migration(
            "serving.V003_create_variants",
            [
                """
                CREATE TABLE endpoint_variants (
                    endpoint TEXT COLLATE "C" NOT NULL,
                    position SMALLINT NOT NULL,
                    name TEXT NOT NULL,
                    model_name TEXT NOT NULL,
                    model_version BIGINT NOT NULL,
                    digest TEXT NOT NULL,
                    deployed_at BIGINT NOT NULL,
                    deployed_by TEXT NOT NULL,
                    PRIMARY KEY (endpoint, position)
                ) {clustered}
                """,
                """
                INSERT INTO endpoint_variants
                    (endpoint, position, name, model_name, model_version, digest, deployed_at, deployed_by)
                SELECT name, 0, 'v' || CAST(model_version AS TEXT), model_name, model_version, digest, deployed_at,
                    deployed_by
                FROM endpoints
                """,
                "ALTER TABLE endpoints DROP COLUMN model_name",
                "ALTER TABLE endpoints DROP COLUMN model_version",
                "ALTER TABLE endpoints DROP COLUMN digest",
                "ALTER TABLE endpoints DROP COLUMN deployed_at",
                "ALTER TABLE endpoints DROP COLUMN deployed_by",
                "ALTER TABLE endpoints ADD COLUMN policy_version BIGINT NOT NULL DEFAULT 1",
                #"ALTER TABLE endpoints ADD COLUMN policy TEXT NOT NULL DEFAULT '{"policy":"single"}'"#,
                "ALTER TABLE endpoints ADD COLUMN previous TEXT",
                """
                CREATE TABLE rollouts (
                    endpoint TEXT COLLATE "C" NOT NULL,
                    policy_version BIGINT NOT NULL,
                    kind TEXT NOT NULL,
                    status TEXT NOT NULL,
                    reason TEXT,
                    started_at BIGINT NOT NULL,
                    ended_at BIGINT,
                    variants TEXT NOT NULL,
                    policy TEXT NOT NULL,
                    evidence TEXT NOT NULL,
                    PRIMARY KEY (endpoint, policy_version)
                ) {clustered}
                """,
            ]
        ),
        Migration(
            "serving.V005_add_caching",
            ["ALTER TABLE endpoint_workers ADD COLUMN caching SMALLINT NOT NULL DEFAULT 0"]
        ),
        Migration(
            "serving.V006_create_prediction_sets",
            [
                """
                CREATE TABLE prediction_sets (
                    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                    model_name TEXT NOT NULL,
                    model_version BIGINT NOT NULL,
                    model_digest TEXT NOT NULL,
                    input_name TEXT NOT NULL,
                    input_digest TEXT NOT NULL,
                    input_rows BIGINT NOT NULL,
                    output_name TEXT NOT NULL,
                    output_digest TEXT NOT NULL,
                    output_rows BIGINT NOT NULL,
                    schema TEXT NOT NULL,
                    failed_rows BIGINT NOT NULL,
                    created_at BIGINT NOT NULL,
                    created_by TEXT NOT NULL
                ) {clustered}
                """,
                "CREATE INDEX prediction_sets_by_model ON prediction_sets (model_name, created_at)",
            ]
        ),
        Migration(
            "serving.V007_create_endpoint_contracts",
            [
                """
                CREATE TABLE endpoint_contracts (
                    endpoint TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                    contract TEXT NOT NULL,
                    set_at BIGINT NOT NULL,
                    set_by TEXT NOT NULL
                ) {clustered}
                """
            ]
        ),
        Migration(
            "serving.V008_keep_histories",
            [
                "ALTER TABLE endpoints ADD COLUMN history TEXT NOT NULL DEFAULT '[]'",
                "UPDATE endpoints SET history = '[' || previous || ']' WHERE previous IS NOT NULL",
                "ALTER TABLE endpoints DROP COLUMN previous",
            ]
        ),
    ]

    /// The steps in the database of predictions, in order; under a name of their own, for it may be another database or
    /// the same.
    package static let predictionMigrations: [Migration] = [
        Migration(
            "predictions.V001_create_predictions",
            [
                """
                CREATE TABLE predictions (
                    request_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
                    at BIGINT NOT NULL,
                    endpoint TEXT NOT NULL,
                    model_name TEXT NOT NULL,
                    model_version BIGINT NOT NULL,
                    status SMALLINT NOT NULL,
                    latency_ms DOUBLE PRECISION NOT NULL,
                    features TEXT NOT NULL,
                    prediction TEXT NOT NULL,
                    error TEXT
                ) {clustered}
                """,
                "CREATE INDEX predictions_by_endpoint ON predictions (endpoint, at, request_id)",
            ]
        ),
        Migration(
            "predictions.V002_add_variants",
            [
                "ALTER TABLE predictions ADD COLUMN variant TEXT",
                "ALTER TABLE predictions ADD COLUMN policy_version BIGINT",
                "ALTER TABLE predictions ADD COLUMN is_drawn SMALLINT NOT NULL DEFAULT 1",
                "ALTER TABLE predictions ADD COLUMN shadow_of TEXT",
                "ALTER TABLE predictions ADD COLUMN metric_value DOUBLE PRECISION",
                "ALTER TABLE predictions ADD COLUMN ground_truth TEXT",
                "ALTER TABLE predictions ADD COLUMN feedback_at BIGINT",
            ]
        ),
    ]
}
