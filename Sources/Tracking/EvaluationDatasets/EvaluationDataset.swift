package import Kernel

/// A set of records that models are evaluated on (MLflow's `/datasets`): not the dataset inputs of runs.
package struct EvaluationDataset: Sendable {
    /// Its name for machines: `d-` and 32 hexadecimal characters.
    package let id: String
    /// Its name for people; several may share one.
    package let name: String
    /// Eight hexadecimal characters that change with the records.
    package let digest: String
    /// The names and types of the records' fields as JSON; nil before there are records.
    package let schema: String?
    /// How many records it has.
    package let recordCount: Int64
    /// When it was created.
    package let createdAt: Timestamp
    /// When its records last changed.
    package let updatedAt: Timestamp
    /// Who created it, as the client said.
    package let createdBy: String?
    /// Who last changed its records, as the client said.
    package let updatedBy: String?
    /// Its tags in the order of their keys.
    package var tags: [Tag] = []
    /// The experiments that it belongs to, by number.
    package var experimentIDs: [ExperimentID] = []

    /// The digest of the dataset `name` that changed at `time`, as MLflow computes it.
    static func digest(_ name: String, at time: Timestamp) -> String {
        String(ContentDigest(of: "\(name):\(time.milliseconds)".utf8).hexadecimal.prefix(8))
    }
}

/// One record of an evaluation dataset, told apart from the others by its inputs.
package struct EvaluationRecord: Sendable {
    /// Its name for machines: `dr-` and 32 hexadecimal characters.
    package let id: String
    /// What it holds: `inputs`, `outputs`, `expectations`, `tags`, `source`, as far as the client gave them.
    package var document: JSONObject
    /// When it was created.
    package let createdAt: Timestamp
    /// When it last changed.
    package var updatedAt: Timestamp
    /// Who created it, as the client said.
    package let createdBy: String?
    /// Who last changed it, as the client said.
    package var updatedBy: String?

    /// Takes over what `other` says: its outputs in place of these, its expectations and tags one by one.
    mutating func merge(_ other: JSONObject, at time: Timestamp) {
        if let outputs = other["outputs"] { document["outputs"] = outputs }
        for name in ["expectations", "tags"] {
            guard let changes = other[name]?.objectValue else { continue }
            var merged = document[name]?.objectValue ?? JSONObject()
            for change in changes.members { merged[change.name] = change.value }
            document[name] = .object(merged)
        }
        updatedAt = time
        updatedBy = Self.user(of: other) ?? updatedBy
    }

    /// The user that a record's tags name.
    static func user(of document: JSONObject) -> String? {
        document["tags"]?.objectValue?["mlflow.user"]?.stringValue
    }

    /// What tells a record from others: the digest of its inputs.
    static func inputDigest(_ document: JSONObject) -> String {
        ContentDigest(of: (document["inputs"] ?? .object(JSONObject())).canonicalText.utf8).hexadecimal
    }
}

/// The names and types of the fields that records have, in the form in which MLflow keeps them.
enum EvaluationSchema {
    private static let parts = ["inputs", "outputs", "expectations"]

    /// `schema` with the fields of `records` that it does not have yet; a type once found stays.
    static func extended(_ schema: String?, with records: [JSONObject]) throws -> String {
        let old = try schema.map { try JSON.parse($0.utf8).objectValue ?? JSONObject() } ?? JSONObject()
        var types: [String: JSON] = [:]
        for part in parts { types[part] = old[part] ?? .object(JSONObject()) }
        for record in records {
            for part in parts {
                guard let value = record[part], value != .null else { continue }
                types[part] = added(value, to: types[part] ?? .object(JSONObject()))
            }
        }
        let members = parts.map { ($0, types[$0] ?? .object(JSONObject())) } + [("version", JSON.string("1.0"))]
        return JSON.object(JSONObject(members)).text
    }

    private static func added(_ value: JSON, to types: JSON) -> JSON {
        guard var fields = types.objectValue else { return types }
        guard let object = value.objectValue else { return fields.members.isEmpty ? type(of: value) : types }
        for member in object.members where fields[member.name] == nil { fields[member.name] = type(of: member.value) }
        return .object(fields)
    }

    private static func type(of value: JSON) -> JSON {
        switch value {
        case .integer: "integer"
        case .number: "float"
        default: .string(value.kind)
        }
    }
}
