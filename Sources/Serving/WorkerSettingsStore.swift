import Database
import Inference

/// The SQL of how endpoints run models of Python. An endpoint of which nothing is written runs them as is usual.
enum WorkerSettingsStore {
    /// The settings of `endpoint`.
    static func settings(_ endpoint: String, on connection: any SQLConnection) throws -> WorkerSettings? {
        try connection.first(
            "SELECT replicas, batching FROM endpoint_workers WHERE endpoint = $1",
            [.text(endpoint)]
        ) { row in
            WorkerSettings(replicas: Int(try row.integer(0)), isBatching: try row.optionalInteger(1).map { $0 != 0 })
        }
    }

    /// Writes the settings of `endpoint` in the place of those that it had.
    static func save(_ settings: WorkerSettings, _ endpoint: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO endpoint_workers (endpoint, replicas, batching) VALUES ($1, $2, $3)
            ON CONFLICT (endpoint) DO UPDATE SET replicas = excluded.replicas, batching = excluded.batching
            """,
            [
                .text(endpoint), .integer(Int64(settings.replicas)),
                .integer(settings.isBatching.map { $0 ? 1 : 0 }),
            ]
        )
    }

    /// Removes what is written of `endpoint`.
    static func delete(_ endpoint: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM endpoint_workers WHERE endpoint = $1", [.text(endpoint)])
    }
}
