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
        )
    ]
}
