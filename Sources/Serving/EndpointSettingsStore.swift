import Database
import Inference

/// How an endpoint runs its models, whichever versions they are.
package struct EndpointSettings: Sendable, Hashable {
    /// The processes of models of Python, or the runs of ONNX models that go on at once; and whether requests that wait
    /// for a model are put together.
    var workers = WorkerSettings()
    /// Whether answers are kept for whoever asks the same again.
    var isCaching = false
}

/// The SQL of how endpoints run their models. An endpoint of which nothing is written runs them as is usual.
enum EndpointSettingsStore {
    /// The settings of `endpoint`.
    static func settings(_ endpoint: String, on connection: any SQLConnection) throws -> EndpointSettings? {
        try connection.first(
            "SELECT replicas, batching, caching FROM endpoint_workers WHERE endpoint = $1",
            [.text(endpoint)]
        ) { row in
            EndpointSettings(
                workers: WorkerSettings(
                    replicas: Int(try row.integer(0)),
                    isBatching: try row.optionalInteger(1).map { $0 != 0 }
                ),
                isCaching: try row.integer(2) != 0
            )
        }
    }

    /// Writes the settings of `endpoint` in the place of those that it had.
    static func save(_ settings: EndpointSettings, _ endpoint: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO endpoint_workers (endpoint, replicas, batching, caching) VALUES ($1, $2, $3, $4)
            ON CONFLICT (endpoint) DO UPDATE
            SET replicas = excluded.replicas, batching = excluded.batching, caching = excluded.caching
            """,
            [
                .text(endpoint), .integer(Int64(settings.workers.replicas)),
                .integer(settings.workers.isBatching.map { $0 ? 1 : 0 }), .integer(settings.isCaching ? 1 : 0),
            ]
        )
    }

    /// Removes what is written of `endpoint`.
    static func delete(_ endpoint: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM endpoint_workers WHERE endpoint = $1", [.text(endpoint)])
    }
}
