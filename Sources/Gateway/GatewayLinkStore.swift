import Database
import Kernel

/// The SQL of the models' parts in endpoints.
enum GatewayLinkStore {
    /// The models of endpoints, of each in the order in which they were attached.
    static func list(of endpoints: [String], on connection: any SQLConnection) throws -> [GatewayLink] {
        try connection.query(
            "SELECT l.id, l.endpoint_id, l.kind, l.weight, l.fallback_order, l.created_at, l.created_by, "
                + GatewayModelStore.columns
                    + """
                    FROM gateway_links l JOIN gateway_models m ON m.id = l.model_id
                    LEFT JOIN gateway_secrets s ON s.id = m.secret_id WHERE l.endpoint_id IN (
                    """ + .parameters(from: 1, count: endpoints.count) + ") ORDER BY l.endpoint_id, l.position",
            endpoints.map { .text($0) },
            link
        )
    }

    /// Attaches models behind those that are there, with ids from `ids`, one for each.
    static func append(
        _ links: [NewGatewayLink],
        to endpoint: String,
        ids: [String],
        at time: Timestamp,
        by user: String?,
        on connection: any SQLConnection
    ) throws {
        let last = try connection.first(
            "SELECT MAX(position) FROM gateway_links WHERE endpoint_id = $1",
            [.text(endpoint)]
        ) { try $0.optionalInteger(0) }
        let first = ((last ?? nil) ?? 0) + 1
        try connection.executeBatch(
            """
            INSERT INTO gateway_links
                (id, endpoint_id, position, model_id, kind, weight, fallback_order, created_at, created_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            zip(links, ids).enumerated().map { index, pair in
                let (link, id) = pair
                return [
                    .text(id), .text(endpoint), .integer(first + Int64(index)), .text(link.modelID),
                    .text(link.kind.rawValue), .double(link.weight), .integer(link.fallbackOrder),
                    .integer(time.milliseconds), .text(user),
                ]
            }
        )
    }

    static func deleteAll(of endpoint: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM gateway_links WHERE endpoint_id = $1", [.text(endpoint)])
    }

    static func delete(_ id: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM gateway_links WHERE id = $1", [.text(id)])
    }

    private static func link(_ row: borrowing SQLRow) throws -> GatewayLink {
        guard let kind = GatewayLink.Kind(rawValue: try row.text(2)) else {
            throw DatabaseError(.unexpectedValue, "a model of an endpoint has no known part in it")
        }
        return GatewayLink(
            id: try row.text(0),
            endpointID: try row.text(1),
            model: try GatewayModelStore.model(row, from: 7),
            kind: kind,
            weight: try row.double(3),
            fallbackOrder: try row.optionalInteger(4),
            createdAt: Timestamp(milliseconds: try row.integer(5)),
            createdBy: try row.optionalText(6)
        )
    }
}
