import Database
import Kernel

/// The SQL of what uses endpoints.
enum GatewayBindingStore {
    /// Notes a use; a scorer's own goes with the scorer `scorerID`.
    static func insert(_ binding: GatewayBinding, scorerID: String?, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO gateway_bindings (
                endpoint_id, resource, resource_id, scorer_id, display_name,
                created_at, updated_at, created_by, updated_by
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                .text(binding.endpointID), .text(binding.resource.rawValue), .text(binding.resourceID),
                .text(scorerID), .text(binding.displayName),
            ] + binding.history.values
        )
    }

    /// Deletes what was noted; answers whether it was there.
    static func delete(
        _ endpoint: String,
        _ resource: String,
        _ id: String,
        on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "DELETE FROM gateway_bindings WHERE endpoint_id = $1 AND resource = $2 AND resource_id = $3",
            [.text(endpoint), .text(resource), .text(id)]
        ) > 0
    }

    /// Deletes all that was noted of a scorer.
    static func deleteAll(ofScorer id: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM gateway_bindings WHERE resource = $1 AND resource_id = $2",
            [.text(GatewayBinding.Resource.scorer.rawValue), .text(id)]
        )
    }

    static func count(on connection: any SQLConnection) throws -> Int64 {
        try connection.first("SELECT COUNT(*) FROM gateway_bindings") { try $0.integer(0) } ?? 0
    }

    /// What was noted, narrowed to an endpoint, a kind and a thing as far as they are given, the oldest first.
    static func list(
        _ endpoint: String?,
        _ resource: String?,
        _ id: String?,
        on connection: any SQLConnection
    ) throws -> [GatewayBinding] {
        var parameters: [SQLValue] = []
        var conditions: [SQLText] = ["1 = 1"]
        let columns: [(SQLText, String?)] = [
            ("endpoint_id = ", endpoint), ("resource = ", resource), ("resource_id = ", id),
        ]
        for case (let column, let value?) in columns {
            parameters.append(.text(value))
            conditions.append(column + .parameter(parameters.count))
        }
        return try connection.query(
            """
            SELECT endpoint_id, resource, resource_id, display_name, created_at, updated_at, created_by, updated_by
            FROM gateway_bindings WHERE
            """ + " " + conditions.joined(separator: " AND ")
                + " ORDER BY created_at, endpoint_id, resource, resource_id",
            parameters
        ) { row in
            guard let resource = GatewayBinding.Resource(rawValue: try row.text(1)) else {
                throw DatabaseError(.unexpectedValue, "what uses an endpoint is of no known kind")
            }
            return GatewayBinding(
                endpointID: try row.text(0),
                resource: resource,
                resourceID: try row.text(2),
                displayName: try row.optionalText(3),
                history: try GatewayHistory(row, from: 4)
            )
        }
    }
}
