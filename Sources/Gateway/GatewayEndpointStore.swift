import Database
import Kernel
import Tracking

/// The SQL of endpoints and their tags.
enum GatewayEndpointStore {
    static func insert(_ endpoint: GatewayEndpoint, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO gateway_endpoints (
                id, name, routing, has_fallback, fallback_strategy, fallback_attempts, experiment_id, tracks_usage,
                created_at, updated_at, created_by, updated_by
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            values(endpoint) + endpoint.history.values
        )
    }

    static func update(_ endpoint: GatewayEndpoint, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE gateway_endpoints
            SET name = $2, routing = $3, has_fallback = $4, fallback_strategy = $5, fallback_attempts = $6,
                experiment_id = $7, tracks_usage = $8, updated_at = $9, updated_by = $10
            WHERE id = $1
            """,
            values(endpoint) + [
                .integer(endpoint.history.updatedAt.milliseconds), .text(endpoint.history.updatedBy),
            ]
        )
    }

    private static func values(_ endpoint: GatewayEndpoint) -> [SQLValue] {
        [
            .text(endpoint.id), .text(endpoint.name), .text(endpoint.routing?.rawValue),
            .flag(endpoint.fallback != nil), .text(endpoint.fallback?.strategy?.rawValue),
            .integer(endpoint.fallback?.attemptsMax), .integer(endpoint.experimentID?.number),
            .flag(endpoint.tracksUsage),
        ]
    }

    /// Deletes an endpoint; its models' parts, its tags and what was noted of its use go with it.
    static func delete(_ id: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM gateway_endpoints WHERE id = $1", [.text(id)])
    }

    static func count(on connection: any SQLConnection) throws -> Int64 {
        try connection.first("SELECT COUNT(*) FROM gateway_endpoints") { try $0.integer(0) } ?? 0
    }

    static func find(_ id: String, on connection: any SQLConnection) throws -> GatewayEndpoint? {
        try endpoints("WHERE e.id = $1", [.text(id)], on: connection).first
    }

    static func find(named name: String, on connection: any SQLConnection) throws -> GatewayEndpoint? {
        try endpoints("WHERE e.name = $1", [.text(name)], on: connection).first
    }

    /// All endpoints, or those with a model of a provider, in the order in which they were made.
    static func list(of provider: String?, on connection: any SQLConnection) throws -> [GatewayEndpoint] {
        let condition: SQLText =
            provider == nil
            ? ""
            : """
            WHERE EXISTS (
                SELECT 1 FROM gateway_links l JOIN gateway_models m ON m.id = l.model_id
                WHERE l.endpoint_id = e.id AND m.provider = $1
            )
            """
        return try endpoints(
            condition + " ORDER BY e.created_at, e.id",
            provider.map { [.text($0)] } ?? [],
            on: connection
        )
    }

    /// The names of those of the ids that are endpoints.
    static func names(of ids: Set<String>, on connection: any SQLConnection) throws -> [String: String] {
        guard !ids.isEmpty else { return [:] }
        let text = "SELECT id, name FROM gateway_endpoints WHERE id IN (" + .parameters(from: 1, count: ids.count) + ")"
        let rows = try connection.query(text, ids.map { .text($0) }) { (try $0.text(0), try $0.text(1)) }
        return Dictionary(rows) { first, _ in first }
    }

    static func setTag(_ key: String, _ value: String, of id: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO gateway_endpoint_tags (endpoint_id, key, value) VALUES ($1, $2, $3)
            ON CONFLICT (endpoint_id, key) DO UPDATE SET value = excluded.value
            """,
            [.text(id), .text(key), .text(value)]
        )
    }

    static func deleteTag(_ key: String, of id: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM gateway_endpoint_tags WHERE endpoint_id = $1 AND key = $2",
            [.text(id), .text(key)]
        )
    }

    private static func endpoints(
        _ condition: SQLText,
        _ parameters: [SQLValue],
        on connection: any SQLConnection
    ) throws -> [GatewayEndpoint] {
        var endpoints = try connection.query(
            """
            SELECT e.id, e.name, e.routing, e.has_fallback, e.fallback_strategy, e.fallback_attempts, e.experiment_id,
                e.tracks_usage, e.created_at, e.updated_at, e.created_by, e.updated_by
            FROM gateway_endpoints e
            """ + " " + condition,
            parameters,
            endpoint
        )
        guard !endpoints.isEmpty else { return [] }
        let ids = endpoints.map(\.id)
        let links = Dictionary(grouping: try GatewayLinkStore.list(of: ids, on: connection), by: \.endpointID)
        let tags = Dictionary(grouping: try tags(of: ids, on: connection), by: \.endpointID)
        for place in endpoints.indices {
            endpoints[place].links = links[endpoints[place].id] ?? []
            endpoints[place].tags = tags[endpoints[place].id]?.map(\.tag) ?? []
        }
        return endpoints
    }

    private static func tags(
        of ids: [String],
        on connection: any SQLConnection
    ) throws -> [(endpointID: String, tag: Tracking.Tag)] {
        try connection.query(
            "SELECT endpoint_id, key, value FROM gateway_endpoint_tags WHERE endpoint_id IN ("
                + .parameters(from: 1, count: ids.count) + ") ORDER BY endpoint_id, key",
            ids.map { .text($0) }
        ) { (endpointID: try $0.text(0), tag: Tag(key: try $0.text(1), value: try $0.text(2))) }
    }

    /// The endpoint without models and tags.
    private static func endpoint(_ row: borrowing SQLRow) throws -> GatewayEndpoint {
        let strategy = try row.optionalText(4).flatMap { GatewayEndpoint.Fallback.Strategy(rawValue: $0) }
        let fallback = GatewayEndpoint.Fallback(strategy: strategy, attemptsMax: try row.optionalInteger(5))
        return GatewayEndpoint(
            id: try row.text(0),
            name: try row.text(1),
            routing: try row.optionalText(2).flatMap { GatewayEndpoint.Routing(rawValue: $0) },
            fallback: try row.flag(3) ? fallback : nil,
            experimentID: try row.optionalInteger(6).map { ExperimentID(number: $0) },
            tracksUsage: try row.flag(7),
            history: try GatewayHistory(row, from: 8)
        )
    }
}
