import Database
import Kernel
import Ledger

/// The parents in documents: what was told of each, and what it is where it was found.
extension VersionDocumentStore {
    typealias ToldParent = (parent: ParentModel, subject: Subject?)

    /// Has `change` say what parents the versions called by `children` have; leaves those alone of which it changes
    /// nothing.
    static func changeParents(
        of children: [String],
        on connection: any SQLConnection,
        _ change: (_ told: ToldParent, _ child: Subject) throws -> ToldParent
    ) throws {
        for start in stride(from: 0, to: children.count, by: partMax) {
            let part = children[start..<min(start + partMax, children.count)].compactMap(place)
            guard !part.isEmpty else { continue }
            let rows = part.indices.map { index in
                SQLText("(CAST(") + .parameter(2 * index + 1) + " AS TEXT), CAST(" + .parameter(2 * index + 2)
                    + " AS BIGINT))"
            }
            let told = try connection.query(
                "WITH v(name, number) AS (VALUES " + rows.joined(separator: ", ")
                    + """
                    ) SELECT d.name, d.number, d.parents FROM v CROSS JOIN model_version_documents d
                    WHERE d.name = v.name AND d.number = v.number AND d.parents IS NOT NULL
                    """,
                part.flatMap { [.text($0.name), .integer($0.number)] }
            ) { row in (name: try row.text(0), number: try row.integer(1), text: try row.text(2)) }
            let changed = try told.map { row in
                let child = ModelVersion.subject(row.name, Int(row.number))
                let told = try (JSON.parse(row.text.utf8).arrayValue ?? []).compactMap(parent)
                let parents = try told.map { try change($0, child) }
                return (row, text(of: parents.map(\.parent), found: found(parents)))
            }
            try connection.executeBatch(
                "UPDATE model_version_documents SET parents = $3 WHERE name = $1 AND number = $2",
                changed.filter { $0.0.text != $0.1 }.map { [.text($0.0.name), .integer($0.0.number), .text($0.1)] }
            )
        }
    }

    /// Parents as they are kept.
    static func text(of parents: [ParentModel], found: [ParentModel: Subject]) -> String {
        let values: [JSON] = parents.map { parent in
            var object = JSONObject([
                ("name", .string(parent.name)), ("version", .string(parent.version)),
                ("relation", .string(parent.relation)),
            ])
            if let subject = found[parent] {
                object["kind"] = .string(subject.kind)
                object["id"] = .string(subject.id)
            }
            return .object(object)
        }
        return JSON.array(values).text
    }

    static func parent(_ value: JSON) -> ToldParent? {
        guard let object = value.objectValue, let name = object["name"]?.stringValue,
            let version = object["version"]?.stringValue, let relation = object["relation"]?.stringValue
        else { return nil }
        let parent = ParentModel(name: name, version: version, relation: relation)
        guard let kind = object["kind"]?.stringValue, let id = object["id"]?.stringValue else { return (parent, nil) }
        return (parent, Subject(kind, id))
    }

    static func found(_ parents: [ToldParent]) -> [ParentModel: Subject] {
        Dictionary(parents.compactMap { told in told.subject.map { (told.parent, $0) } }) { first, _ in first }
    }

    /// The versions of a model that are not deleted, by their numbers, with their semantic versions.
    static func versions(of name: String, on connection: any SQLConnection) throws -> [(number: Int, semantic: String?)]
    {
        try connection.query(
            """
            SELECT v.number, d.semantic_version FROM model_versions v
            LEFT JOIN model_version_documents d ON d.name = v.name AND d.number = v.number
            WHERE v.name = $1 AND v.is_deleted = 0 ORDER BY v.number
            """,
            [.text(name)]
        ) { row in (Int(try row.integer(0)), try row.optionalText(1)) }
    }

    private static func place(_ id: String) -> (name: String, number: Int64)? {
        guard let slash = id.lastIndex(of: "/"), let number = Int64(id[id.index(after: slash)...]) else { return nil }
        return (String(id[..<slash]), number)
    }

    /// How many documents one statement reads.
    private static let partMax = 1000
}
