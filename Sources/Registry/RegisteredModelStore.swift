import Database
import Kernel
import Ledger
import Tracking

/// The SQL of registered models and their tags.
enum RegisteredModelStore {
    /// Answers false when there is one of that name.
    static func insert(_ model: NewRegisteredModel, at time: Timestamp, on connection: any SQLConnection) throws -> Bool
    {
        let inserted = try connection.execute(
            """
            INSERT INTO registered_models (name, created_at, updated_at, description, last_number)
            VALUES ($1, $2, $2, $3, 0) ON CONFLICT (name) DO NOTHING
            """,
            [.text(model.name), .integer(time.milliseconds), .text(model.description)]
        )
        guard inserted == 1 else { return false }
        try setTags(model.tags, of: model.name, on: connection)
        return true
    }

    /// Takes in a model that comes from another registry; one that is there stays as it is, but for its next number and
    /// the time of its last change, which a new version moves.
    static func admit(_ model: AdmittedModel, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO registered_models (name, created_at, updated_at, description, last_number)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE SET
                last_number = CASE WHEN registered_models.last_number < excluded.last_number
                    THEN excluded.last_number ELSE registered_models.last_number END,
                updated_at = CASE WHEN registered_models.updated_at < excluded.updated_at
                    THEN excluded.updated_at ELSE registered_models.updated_at END
            """,
            [
                .text(model.name), .integer(model.createdAt.milliseconds), .integer(model.updatedAt.milliseconds),
                .text(model.description), .integer(Int64(model.lastNumber)),
            ]
        )
    }

    static func find(_ name: String, on connection: any SQLConnection) throws -> RegisteredModel? {
        try models(SQLSelection(text: "WHERE m.name = $1", parameters: [.text(name)]), on: connection).first
    }

    static func exists(_ name: String, on connection: any SQLConnection) throws -> Bool {
        try connection.first("SELECT 1 FROM registered_models WHERE name = $1", [.text(name)]) { _ in true } ?? false
    }

    /// Whether `name` is a prompt, which MLflow keeps as a registered model.
    static func isPrompt(_ name: String, on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            """
            SELECT 1 FROM registered_model_tags WHERE name = $1 AND key = 'mlflow.prompt.is_prompt' AND value = 'true'
            """,
            [.text(name)]
        ) { _ in true } ?? false
    }

    /// The models that `selection` (of `m`) gives, in its order, with everything that belongs to them.
    static func models(_ selection: SQLSelection, on connection: any SQLConnection) throws -> [RegisteredModel] {
        var models = try connection.query(
            """
            SELECT m.name, m.created_at, m.updated_at, m.description, m.is_protected, m.lift_requested_by,
                m.lift_requested_at FROM registered_models m
            """ + " " + selection.text,
            selection.parameters
        ) { row in
            RegisteredModel(
                name: try row.text(0),
                createdAt: Timestamp(milliseconds: try row.integer(1)),
                updatedAt: Timestamp(milliseconds: try row.integer(2)),
                description: try row.optionalText(3),
                isProtected: try row.flag(4),
                liftRequest: try row.optionalText(5).map {
                    LiftRequest(
                        requestedBy: Actor(name: $0),
                        requestedAt: Timestamp(milliseconds: try row.integer(6))
                    )
                }
            )
        }
        guard !models.isEmpty else { return [] }
        let names = models.map(\.name)
        let tags = try tags(of: names, on: connection)
        let aliases = try ModelAliasStore.aliases(of: names, on: connection)
        let versions = try Dictionary(
            grouping: ModelVersionStore.latest(of: names, on: connection),
            by: \.modelName
        )
        for index in models.indices {
            let name = models[index].name
            models[index].tags = tags[name] ?? []
            models[index].aliases = aliases[name] ?? []
            models[index].latestVersions = versions[name] ?? []
        }
        return models
    }

    /// Answers false when there is no such model.
    static func update(
        _ name: String,
        description: String?,
        at time: Timestamp,
        on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE registered_models SET description = $2, updated_at = $3 WHERE name = $1",
            [.text(name), .text(description), .integer(time.milliseconds)]
        ) > 0
    }

    static func isProtected(_ name: String, on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            "SELECT is_protected FROM registered_models WHERE name = $1",
            [.text(name)]
        ) { try $0.flag(0) } ?? false
    }

    static func protect(
        _ name: String,
        _ isProtected: Bool,
        lifting: LiftRequest?,
        at time: Timestamp,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE registered_models SET is_protected = $2, lift_requested_by = $3, lift_requested_at = $4,
                updated_at = $5 WHERE name = $1
            """,
            [
                .text(name), .flag(isProtected), .text(lifting?.requestedBy.name),
                .integer(lifting?.requestedAt.milliseconds), .integer(time.milliseconds),
            ]
        )
    }

    /// Marks the model as changed, and holds back other changes to it until the transaction ends.
    ///
    /// Answers false when there is no such model.
    static func touch(_ name: String, at time: Timestamp, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "UPDATE registered_models SET updated_at = $2 WHERE name = $1",
            [.text(name), .integer(time.milliseconds)]
        ) > 0
    }

    /// The number of the model's next version, which no other gets; nil when there is no such model.
    static func takeNumber(of name: String, at time: Timestamp, on connection: any SQLConnection) throws -> Int? {
        try connection.first(
            """
            UPDATE registered_models SET last_number = last_number + 1, updated_at = $2 WHERE name = $1
            RETURNING last_number
            """,
            [.text(name), .integer(time.milliseconds)]
        ) { Int(try $0.integer(0)) }
    }

    /// What belongs to the model moves along.
    static func rename(_ name: String, to newName: String, at time: Timestamp, on connection: any SQLConnection) throws
    {
        let parameters: [SQLValue] = [.text(newName), .integer(time.milliseconds)]
        try connection.execute(
            "UPDATE registered_models SET name = $1, updated_at = $2 WHERE name = $3",
            parameters + [.text(name)]
        )
        try connection.execute("UPDATE model_versions SET updated_at = $2 WHERE name = $1", parameters)
    }

    /// What belongs to the model goes too. Answers false when there is no such model.
    static func delete(_ name: String, on connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM registered_models WHERE name = $1", [.text(name)]) > 0
    }

    static func setTags(_ tags: [Tag], of name: String, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            INSERT INTO registered_model_tags (name, key, value) VALUES ($1, $2, $3)
            ON CONFLICT (name, key) DO UPDATE SET value = excluded.value
            """,
            tags.map { [.text(name), .text($0.key), .text($0.value)] }
        )
    }

    /// Answers whether the tag was there.
    static func deleteTag(_ key: String, of name: String, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "DELETE FROM registered_model_tags WHERE name = $1 AND key = $2",
            [.text(name), .text(key)]
        ) > 0
    }

    private static func tags(of names: [String], on connection: any SQLConnection) throws -> [String: [Tag]] {
        let rows = try connection.query(
            "SELECT name, key, value FROM registered_model_tags WHERE name IN ("
                + .parameters(from: 1, count: names.count) + ") ORDER BY name, key",
            names.map { .text($0) }
        ) { row in (name: try row.text(0), tag: Tag(key: try row.text(1), value: try row.text(2))) }
        return Dictionary(grouping: rows, by: \.name).mapValues { $0.map(\.tag) }
    }
}
