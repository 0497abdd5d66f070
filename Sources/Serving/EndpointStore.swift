import Database
import Kernel
import Ledger

/// The SQL of endpoints.
enum EndpointStore {
    /// All endpoints in the order of their names.
    static func all(on connection: any SQLConnection) throws -> [Endpoint] {
        try connection.query(
            """
            SELECT name, model_name, model_version, digest, deployed_at, deployed_by FROM endpoints
            ORDER BY name COLLATE "C"
            """,
            [],
            endpoint
        )
    }

    /// The endpoint called `name`.
    static func endpoint(_ name: String, on connection: any SQLConnection) throws -> Endpoint? {
        try connection.first(
            """
            SELECT name, model_name, model_version, digest, deployed_at, deployed_by FROM endpoints WHERE name = $1
            """,
            [.text(name)],
            endpoint
        )
    }

    /// Writes `endpoint` in the place of the one of its name.
    static func save(_ endpoint: Endpoint, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO endpoints (name, model_name, model_version, digest, deployed_at, deployed_by)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (name) DO UPDATE SET model_name = excluded.model_name,
                model_version = excluded.model_version, digest = excluded.digest,
                deployed_at = excluded.deployed_at, deployed_by = excluded.deployed_by
            """,
            [
                .text(endpoint.name), .text(endpoint.modelName), .integer(Int64(endpoint.version)),
                .text(endpoint.digest.hexadecimal), .integer(endpoint.deployedAt.milliseconds),
                .text(endpoint.deployedBy.name),
            ]
        )
    }

    /// Removes the endpoint called `name`.
    static func delete(_ name: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM endpoints WHERE name = $1", [.text(name)])
    }

    private static func endpoint(_ row: borrowing SQLRow) throws -> Endpoint {
        Endpoint(
            name: try row.text(0),
            modelName: try row.text(1),
            version: Int(try row.integer(2)),
            digest: ContentDigest(hexadecimal: try row.text(3)),
            deployedAt: Timestamp(milliseconds: try row.integer(4)),
            deployedBy: Actor(name: try row.text(5))
        )
    }
}
