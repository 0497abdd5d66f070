import Database
import Kernel
import Ledger

/// An endpoint as the database has it, and what was served before.
struct EndpointRecord: Sendable {
    let endpoint: Endpoint
    /// What rollbacks bring back.
    let history: EndpointHistory
}

/// The SQL of endpoints.
enum EndpointStore {
    /// All endpoints in the order of their names.
    static func all(on connection: any SQLConnection) throws -> [EndpointRecord] {
        let rows = try connection.query(
            "SELECT name, policy_version, policy, history FROM endpoints ORDER BY name COLLATE \"C\"",
            [],
            row
        )
        let variants = try connection.query(
            columns + " FROM endpoint_variants ORDER BY endpoint COLLATE \"C\", position",
            [],
            variant
        )
        let byEndpoint = Dictionary(grouping: variants, by: \.endpoint)
        return try rows.map { try record($0, byEndpoint[$0.name] ?? []) }
    }

    /// The endpoint called `name`.
    static func endpoint(_ name: String, on connection: any SQLConnection) throws -> EndpointRecord? {
        let found = try connection.first(
            "SELECT name, policy_version, policy, history FROM endpoints WHERE name = $1",
            [.text(name)],
            row
        )
        guard let found else { return nil }
        let variants = try connection.query(
            columns + " FROM endpoint_variants WHERE endpoint = $1 ORDER BY position",
            [.text(name)],
            variant
        )
        return try record(found, variants)
    }

    /// Writes `record` in the place of the one of its name.
    static func save(_ record: EndpointRecord, on connection: any SQLConnection) throws {
        let endpoint = record.endpoint
        try connection.execute(
            """
            INSERT INTO endpoints (name, policy_version, policy, history) VALUES ($1, $2, $3, $4)
            ON CONFLICT (name) DO UPDATE SET policy_version = excluded.policy_version, policy = excluded.policy,
                history = excluded.history
            """,
            [
                .text(endpoint.name), .integer(Int64(endpoint.policyVersion)),
                .text(JSON.object(endpoint.policy.json).text),
                .text(JSON.array(record.history.steps.map { .object($0.configuration) }).text),
            ]
        )
        try connection.execute("DELETE FROM endpoint_variants WHERE endpoint = $1", [.text(endpoint.name)])
        try connection.executeBatch(
            """
            INSERT INTO endpoint_variants
                (endpoint, position, name, model_name, model_version, digest, deployed_at, deployed_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            endpoint.variants.enumerated().map { position, variant in
                [
                    .text(endpoint.name), .integer(Int64(position)), .text(variant.name), .text(variant.modelName),
                    .integer(Int64(variant.version)), .text(variant.digest.hexadecimal),
                    .integer(variant.deployedAt.milliseconds), .text(variant.deployedBy.name),
                ]
            }
        )
    }

    /// Removes the endpoint called `name`, and what its policies have compared.
    static func delete(_ name: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM endpoint_variants WHERE endpoint = $1", [.text(name)])
        try connection.execute("DELETE FROM rollouts WHERE endpoint = $1", [.text(name)])
        try connection.execute("DELETE FROM endpoints WHERE name = $1", [.text(name)])
    }

    private typealias Row = (name: String, policyVersion: Int, policy: String, history: String)
    private typealias VariantRow = (endpoint: String, variant: Variant)

    private static let columns: SQLText =
        "SELECT endpoint, name, model_name, model_version, digest, deployed_at, deployed_by"

    private static func row(_ row: borrowing SQLRow) throws -> Row {
        (try row.text(0), Int(try row.integer(1)), try row.text(2), try row.text(3))
    }

    private static func variant(_ row: borrowing SQLRow) throws -> VariantRow {
        let variant = Variant(
            name: try row.text(1),
            modelName: try row.text(2),
            version: Int(try row.integer(3)),
            digest: ContentDigest(hexadecimal: try row.text(4)),
            deployedAt: Timestamp(milliseconds: try row.integer(5)),
            deployedBy: Actor(name: try row.text(6))
        )
        return (try row.text(0), variant)
    }

    private static func record(_ row: Row, _ variants: [VariantRow]) throws -> EndpointRecord {
        guard !variants.isEmpty, let policy = try JSON.parse(row.policy.utf8).objectValue else {
            throw DatabaseError(.unexpectedValue, "the endpoint \(row.name) has no variants or no policy")
        }
        let endpoint = Endpoint(
            name: row.name,
            policyVersion: row.policyVersion,
            policy: try TrafficPolicy(policy),
            variants: variants.map(\.variant)
        )
        let steps = try (try JSON.parse(row.history.utf8).arrayValue ?? []).map {
            try Endpoint(row.name, $0.objectValue ?? JSONObject())
        }
        return EndpointRecord(endpoint: endpoint, history: EndpointHistory(steps))
    }
}

extension Endpoint {
    /// Policy and variants in one document, to be brought back.
    var configuration: JSONObject {
        [
            "policy_version": .integer(Int64(policyVersion)), "policy": .object(policy.json),
            "variants": .array(variants.map { .object($0.configuration) }),
        ]
    }

    fileprivate init(_ name: String, _ configuration: JSONObject) throws {
        let variants = try (configuration["variants"]?.arrayValue ?? []).map {
            try Variant($0.objectValue ?? JSONObject())
        }
        guard !variants.isEmpty else {
            throw DatabaseError(.unexpectedValue, "a former state of \(name) has no variants")
        }
        self.init(
            name: name,
            policyVersion: Int(clamping: configuration["policy_version"]?.integerValue ?? 0),
            policy: try TrafficPolicy(configuration["policy"]?.objectValue ?? JSONObject()),
            variants: variants
        )
    }
}

extension Variant {
    fileprivate var configuration: JSONObject {
        [
            "name": .string(name), "model_name": .string(modelName), "model_version": .integer(Int64(version)),
            "digest": .string(digest.hexadecimal), "deployed_at": .integer(deployedAt.milliseconds),
            "deployed_by": .string(deployedBy.name),
        ]
    }

    fileprivate init(_ configuration: JSONObject) throws {
        self.init(
            name: configuration["name"]?.stringValue ?? "",
            modelName: configuration["model_name"]?.stringValue ?? "",
            version: Int(clamping: configuration["model_version"]?.integerValue ?? 0),
            digest: ContentDigest(hexadecimal: configuration["digest"]?.stringValue ?? ""),
            deployedAt: Timestamp(milliseconds: configuration["deployed_at"]?.integerValue ?? 0),
            deployedBy: Actor(name: configuration["deployed_by"]?.stringValue ?? "")
        )
    }
}
