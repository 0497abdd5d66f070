import Database
import TestSupport

@testable import MLflowImport

/// The tables of an MLflow that a test fills by hand, as far as most of an import reads them.
struct SourceWorld: Sendable {
    let uri: String

    private static let tables = Migration(
        "mlflow.V001_create_tables",
        [
            "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)",
            "INSERT INTO alembic_version VALUES ('97727af70f4d')",
            """
            CREATE TABLE experiments (
                experiment_id BIGINT PRIMARY KEY,
                name VARCHAR(256) NOT NULL,
                artifact_location VARCHAR(256),
                lifecycle_stage VARCHAR(32),
                creation_time BIGINT,
                last_update_time BIGINT
            )
            """,
            """
            CREATE TABLE runs (run_uuid VARCHAR(32) PRIMARY KEY, experiment_id BIGINT NOT NULL, start_time BIGINT)
            """,
            """
            CREATE TABLE metrics (
                key VARCHAR(250) NOT NULL,
                value DOUBLE PRECISION NOT NULL,
                timestamp BIGINT NOT NULL,
                run_uuid VARCHAR(32) NOT NULL,
                step BIGINT NOT NULL,
                is_nan BOOLEAN NOT NULL,
                PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan)
            )
            """,
            "CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid)",
        ]
    )

    /// Runs `text` once for each of `rows`.
    func insert(_ text: SQLText, _ rows: [[SQLValue]]) async throws {
        let database = try DatabaseLocation.open(uri)
        try await database.write { try $0.executeBatch(text, rows) }
        await database.close()
    }

    /// What `body` answers of the source as an import opens it.
    func reading<Value>(_ body: (MLflowSource) async throws -> Value) async throws -> Value {
        let source = try await MLflowSource(DatabaseReader(uri))
        let value = try await body(source)
        await source.close()
        return value
    }

    /// Runs `test` on such tables, empty but for experiment 0, which was made at `createdAt`.
    static func with(
        _ backend: DatabaseBackend,
        createdAt: Int64? = 1,
        _ test: (SourceWorld) async throws -> Void
    ) async throws {
        try await withTestDatabaseURI(backend) { uri in
            let database = try DatabaseLocation.open(uri)
            try await database.migrate([tables])
            await database.close()
            let world = SourceWorld(uri: uri)
            try await world.insert(
                "INSERT INTO experiments VALUES (0, 'Default', './mlruns/0', 'active', $1, $1)",
                [[.integer(createdAt)]]
            )
            try await test(world)
        }
    }

    func addRun(_ id: String, startedAt time: Int64) async throws {
        try await insert("INSERT INTO runs VALUES ($1, 0, $2)", [[.text(id), .integer(time)]])
    }
}
