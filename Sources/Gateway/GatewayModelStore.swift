import Database
import Kernel

/// The SQL of model definitions.
enum GatewayModelStore {
    static func insert(_ model: GatewayModel, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO gateway_models
                (id, name, secret_id, provider, model_name, created_at, updated_at, created_by, updated_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                .text(model.id), .text(model.name), .text(model.secretID), .text(model.provider),
                .text(model.modelName),
            ] + model.history.values
        )
    }

    static func update(_ model: GatewayModel, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE gateway_models
            SET name = $2, secret_id = $3, provider = $4, model_name = $5, updated_at = $6, updated_by = $7
            WHERE id = $1
            """,
            [
                .text(model.id), .text(model.name), .text(model.secretID), .text(model.provider),
                .text(model.modelName), .integer(model.history.updatedAt.milliseconds),
                .text(model.history.updatedBy),
            ]
        )
    }

    static func delete(_ id: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM gateway_models WHERE id = $1", [.text(id)])
    }

    static func count(on connection: any SQLConnection) throws -> Int64 {
        try connection.first("SELECT COUNT(*) FROM gateway_models") { try $0.integer(0) } ?? 0
    }

    static func find(_ id: String, on connection: any SQLConnection) throws -> GatewayModel? {
        try connection.first("SELECT " + columns + tables + "WHERE m.id = $1", [.text(id)]) { try model($0, from: 0) }
    }

    static func find(named name: String, on connection: any SQLConnection) throws -> GatewayModel? {
        let text = "SELECT " + columns + tables + "WHERE m.name = $1"
        return try connection.first(text, [.text(name)]) { try model($0, from: 0) }
    }

    /// All model definitions, or those of a provider and with a secret, in the order in which they were made.
    static func list(
        of provider: String?,
        with secretID: String?,
        on connection: any SQLConnection
    ) throws -> [GatewayModel] {
        var parameters: [SQLValue] = []
        var conditions: [SQLText] = ["1 = 1"]
        if let provider {
            parameters.append(.text(provider))
            conditions.append("m.provider = " + .parameter(parameters.count))
        }
        if let secretID {
            parameters.append(.text(secretID))
            conditions.append("m.secret_id = " + .parameter(parameters.count))
        }
        return try connection.query(
            "SELECT " + columns + tables + "WHERE " + conditions.joined(separator: " AND ")
                + " ORDER BY m.created_at, m.id",
            parameters
        ) { try model($0, from: 0) }
    }

    /// Whether some endpoint has the model.
    static func isAttached(_ id: String, on connection: any SQLConnection) throws -> Bool {
        try connection.first("SELECT 1 FROM gateway_links WHERE model_id = $1 LIMIT 1", [.text(id)]) { _ in true }
            ?? false
    }

    /// Those of the ids that are model definitions.
    static func known(_ ids: Set<String>, on connection: any SQLConnection) throws -> Set<String> {
        guard !ids.isEmpty else { return [] }
        let text = "SELECT id FROM gateway_models WHERE id IN (" + .parameters(from: 1, count: ids.count) + ")"
        return Set(try connection.query(text, ids.map { .text($0) }) { try $0.text(0) })
    }

    /// The columns of a model definition, which ``model(_:from:)`` reads.
    static let columns: SQLText = """
        m.id, m.name, m.secret_id, s.name, m.provider, m.model_name,
        m.created_at, m.updated_at, m.created_by, m.updated_by
        """ + " "

    private static let tables: SQLText = "FROM gateway_models m LEFT JOIN gateway_secrets s ON s.id = m.secret_id "

    static func model(_ row: borrowing SQLRow, from column: Int) throws -> GatewayModel {
        GatewayModel(
            id: try row.text(column),
            name: try row.text(column + 1),
            secretID: try row.optionalText(column + 2),
            secretName: try row.optionalText(column + 3),
            provider: try row.text(column + 4),
            modelName: try row.text(column + 5),
            history: try GatewayHistory(row, from: column + 6)
        )
    }
}
