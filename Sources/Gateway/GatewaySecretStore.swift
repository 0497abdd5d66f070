import Database
import Kernel

/// The SQL of secrets.
enum GatewaySecretStore {
    /// A secret with its values, sealed.
    struct Sealed: Sendable {
        let id: String
        let name: String
        var values: String
        let provider: String?
        var settings: [String: String]
        var history: GatewayHistory
    }

    static func insert(_ secret: Sealed, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO gateway_secrets
                (id, name, sealed_values, provider, settings, created_at, updated_at, created_by, updated_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                .text(secret.id), .text(secret.name), .text(secret.values), .text(secret.provider),
                .text(GatewayTexts.text(secret.settings)),
            ] + secret.history.values
        )
    }

    static func update(_ secret: Sealed, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE gateway_secrets SET sealed_values = $2, settings = $3, updated_at = $4, updated_by = $5 WHERE id = $1
            """,
            [
                .text(secret.id), .text(secret.values), .text(GatewayTexts.text(secret.settings)),
                .integer(secret.history.updatedAt.milliseconds), .text(secret.history.updatedBy),
            ]
        )
    }

    static func delete(_ id: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM gateway_secrets WHERE id = $1", [.text(id)])
    }

    static func count(on connection: any SQLConnection) throws -> Int64 {
        try connection.first("SELECT COUNT(*) FROM gateway_secrets") { try $0.integer(0) } ?? 0
    }

    static func find(_ id: String, on connection: any SQLConnection) throws -> Sealed? {
        try connection.first(columns + "WHERE id = $1", [.text(id)], secret)
    }

    static func find(named name: String, on connection: any SQLConnection) throws -> Sealed? {
        try connection.first(columns + "WHERE name = $1", [.text(name)], secret)
    }

    /// All secrets, or those for a provider, in the order in which they were made.
    static func list(of provider: String?, on connection: any SQLConnection) throws -> [Sealed] {
        let condition: SQLText = provider == nil ? "" : "WHERE provider = $1 "
        let text = columns + condition + "ORDER BY created_at, id"
        return try connection.query(text, provider.map { [.text($0)] } ?? [], secret)
    }

    private static let columns: SQLText = """
        SELECT id, name, sealed_values, provider, settings, created_at, updated_at, created_by, updated_by
        FROM gateway_secrets
        """ + " "

    private static func secret(_ row: borrowing SQLRow) throws -> Sealed {
        Sealed(
            id: try row.text(0),
            name: try row.text(1),
            values: try row.text(2),
            provider: try row.optionalText(3),
            settings: try GatewayTexts.texts(try row.text(4)),
            history: try GatewayHistory(row, from: 5)
        )
    }
}

/// Texts by their names, as they are kept: a JSON object.
enum GatewayTexts {
    static func text(_ texts: [String: String]) -> String {
        JSON.object(JSONObject(texts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })).text
    }

    static func texts(_ text: String) throws -> [String: String] {
        guard let members = try? JSON.parse(text.utf8).objectValue?.members else {
            throw DatabaseError(.unexpectedValue, "texts of the gateway are no JSON object")
        }
        return Dictionary(members.map { ($0.name, $0.value.stringValue ?? "") }) { _, last in last }
    }
}

extension GatewayHistory {
    /// The four columns of a history, from `column`: made at, changed at, made by, changed by.
    init(_ row: borrowing SQLRow, from column: Int) throws {
        self.init(
            createdAt: Timestamp(milliseconds: try row.integer(column)),
            updatedAt: Timestamp(milliseconds: try row.integer(column + 1)),
            createdBy: try row.optionalText(column + 2),
            updatedBy: try row.optionalText(column + 3)
        )
    }

    /// The same columns.
    var values: [SQLValue] {
        [.integer(createdAt.milliseconds), .integer(updatedAt.milliseconds), .text(createdBy), .text(updatedBy)]
    }
}
