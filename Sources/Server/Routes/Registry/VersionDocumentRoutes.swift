import Hummingbird
import Kernel
import Ledger
import Registry
import Tracking

/// Versions with all that is told of them, and comparisons.
struct VersionDocumentRoutes: Sendable {
    let registry: RegistryService

    func add(to router: Router<MartletContext>) {
        let group = router.group("api/v1/registry")
        group.post("models", use: register)
        group.get("models/:name/versions", use: list)
        group.get("models/:name/versions/:version", use: get)
        group.patch("models/:name/versions/:version", use: describe)
        group.post("versions/compare", use: compareVersions)
    }

    @Sendable private func register(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(try await request.jsonObject())
        let own = ["name", "version", "stage", "archive_existing_versions", "artifact_uri", "description", "tags"]
        let told = VersionDocument.Member.allCases.map(\.rawValue).filter { $0 != "semantic_version" }
        try fields.checkMembers(own + told)
        let document = try fields.versionDocument(semanticVersion: try fields.string("version"))
        var version = NewModelVersion(
            modelName: try fields.requiredString("name"),
            source: try fields.requiredString("artifact_uri"),
            runID: document.runID,
            description: try fields.string("description") ?? "",
            tags: try fields.labels("tags")
        )
        version.isKeptElsewhere = true
        let stage = try fields.string("stage").map { try ModelStage(seed: $0) } ?? ModelStage.none
        let new = NewRegistration(
            version: version,
            document: document,
            stage: stage,
            archivesOthers: try fields.boolean("archive_existing_versions")
        )
        let made = try await registry.register(new, by: context.actor)
        return .json(status: .created) { $0.describedVersion(made) }
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let (name, version) = try Self.place(context)
        let found = try await registry.describedVersion(name, version)
        return .json { $0.describedVersion(found) }
    }

    @Sendable private func list(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(queryOf: request)
        let page = try await registry.describedVersions(
            try context.decodedParameter("name"),
            limit: try fields.limit("limit", default: 100, max: RegistryService.describedPageMax),
            page: try fields.page()
        )
        return .json { $0.list("versions", page) { $0.describedVersion($1) } }
    }

    @Sendable private func describe(_ request: Request, _ context: MartletContext) async throws -> Response {
        let (name, version) = try Self.place(context)
        let fields = MLflowFields(try await request.jsonObject())
        let names = VersionDocument.Member.allCases.map(\.rawValue)
        try fields.checkMembers(names)
        let change = try fields.versionDocument(semanticVersion: try fields.string("semantic_version"))
        let cleared = fields.nulls(names).compactMap { VersionDocument.Member(rawValue: $0) }
        let described = try await registry.describe(name, version, change, clearing: cleared, by: context.actor)
        return .json { $0.describedVersion(described) }
    }

    private static func place(_ context: MartletContext) throws -> (String, VersionReference) {
        let version = try context.decodedParameter("version")
        return (try context.decodedParameter("name"), try VersionReference(text: version))
    }

    @Sendable private func compareVersions(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(try await request.jsonObject())
        let versions = try await registry.compared(
            try fields.objects("versions").map { version in
                let name = try version.string("model_name") ?? version.requiredString("model_id")
                return (name, try version.versionReference("version"))
            }
        )
        return .json { writer in
            writer.object { writer in
                writer.name("versions")
                writer.array { writer in for version in versions { writer.describedVersion(version.described) } }
                writer.sideBySide("hyperparameters", SideBySide(versions.map(\.hyperparameters)))
                writer.sideBySide("metrics", SideBySide(versions.map(\.metrics)))
                writer.sideBySide("tags", SideBySide(versions.map { Self.values($0.described.version.tags) }))
            }
        }
    }

    private static func values(_ tags: [Tag]) -> [(String, JSON)] {
        tags.map { ($0.key, .string($0.value)) }
    }
}

extension MLflowFields {
    /// What the fields tell of a version.
    fileprivate func versionDocument(semanticVersion: String?) throws -> VersionDocument {
        var document = VersionDocument()
        document.semanticVersion = try semanticVersion.map { try SemanticVersion(text: $0) }
        document.framework = try string("framework")
        document.modelType = try string("model_type")
        document.author = try string("author")
        document.sizeBytes = try integer("model_size_bytes")
        document.hyperparameters = try object("hyperparameters")
        document.metrics = try object("metrics")
        document.experimentID = try string("experiment_id")
        document.runID = try string("run_id").map { RunID($0) }
        if try value("parent_models") != nil { document.parents = try objects("parent_models").map(Self.parent) }
        if try value("datasets") != nil { document.datasets = try objects("datasets").map(Self.dataset) }
        if try value("code") != nil {
            let code = try requiredObject("code")
            document.code = CodeReference(
                repository: try code.string("repository"),
                commit: try code.string("commit"),
                digest: try code.string("digest")
            )
        }
        return document
    }

    private static func parent(_ fields: MLflowFields) throws -> ParentModel {
        ParentModel(
            name: try fields.string("model_name") ?? fields.requiredString("model_id"),
            version: try fields.textOrNumber("version"),
            relation: try fields.requiredString("relationship")
        )
    }

    private static func dataset(_ fields: MLflowFields) throws -> TrainingDataset {
        TrainingDataset(
            name: try fields.requiredString("dataset_id"),
            version: try fields.textOrNumber("version"),
            split: try fields.string("split"),
            size: try fields.integer("size")
        )
    }

    private func textOrNumber(_ name: String) throws -> String {
        if case .integer(let number)? = try value(name) { return String(number) }
        return try requiredString(name)
    }

    private func object(_ name: String) throws -> JSONObject? {
        guard let value = try value(name) else { return nil }
        guard let object = value.objectValue else {
            throw MartletError(.invalidParameterValue, "'\(name)' must be an object, not \(value.kind).")
        }
        return object
    }

    /// Tags: each a text alone, or an object with `key` and `value`.
    fileprivate func labels(_ name: String) throws -> [Tag] {
        guard let list = try value(name) else { return [] }
        guard let elements = list.arrayValue else {
            throw MartletError(.invalidParameterValue, "'\(name)' must be an array, not \(list.kind).")
        }
        return try elements.map { element in
            if let object = element.objectValue {
                let fields = MLflowFields(object)
                return Tag(key: try fields.requiredString("key"), value: try fields.string("value") ?? "")
            }
            return Tag(key: try MLflowFields([name: element]).requiredString(name), value: "")
        }
    }
}

extension JSONWriter {
    /// A version as the registry's own API shows it.
    fileprivate mutating func describedVersion(_ described: DescribedVersion) {
        let (version, document) = (described.version, described.document)
        object { writer in
            writer.member("id", version.modelName)
            writer.member("name", version.modelName)
            writer.member("version", document.semanticVersion?.text ?? String(version.number))
            writer.member("number", Int64(version.number))
            writer.member("stage", version.stage == .none ? "development" : version.stage.rawValue.lowercased())
            writer.member("framework", ifPresent: document.framework)
            writer.member("model_type", ifPresent: document.modelType)
            writer.member("author", ifPresent: document.author)
            writer.member("description", ifPresent: version.description)
            writer.member("artifact_uri", version.source)
            writer.member("pin_state", version.pin.state)
            if case .pinned(let digest) = version.pin { writer.member("digest", digest.description) }
            writer.member("model_size_bytes", ifPresent: document.sizeBytes.map { .integer($0) })
            writer.member("metrics", ifPresent: document.metrics.map { .object($0) })
            writer.member("hyperparameters", ifPresent: document.hyperparameters.map { .object($0) })
            writer.name("tags")
            writer.array { writer in
                for tag in version.tags { if tag.value.isEmpty { writer.value(tag.key) } else { writer.tag(tag) } }
            }
            writer.member("aliases", unlessEmpty: version.aliases) { $0.value($1) }
            writer.origin(document)
            writer.member("created_at", version.createdAt)
            writer.member("updated_at", version.updatedAt)
        }
    }

    /// The members that tell what a version was made of.
    private mutating func origin(_ document: VersionDocument) {
        member("experiment_id", ifPresent: document.experimentID)
        member("run_id", ifPresent: document.runID?.text)
        member("parent_models", unlessEmpty: document.parents ?? []) { writer, parent in
            writer.object { writer in
                writer.member("model_id", parent.name)
                writer.member("version", parent.version)
                writer.member("relationship", parent.relation)
            }
        }
        member("parent_nodes", unlessEmpty: document.parents ?? []) { writer, parent in
            let node = document.node(of: parent)
            writer.object { writer in
                writer.member("kind", node.kind)
                writer.member("id", node.id)
            }
        }
        member("datasets", unlessEmpty: document.datasets ?? []) { writer, dataset in
            writer.object { writer in
                writer.member("dataset_id", dataset.name)
                writer.member("version", dataset.version)
                writer.member("split", ifPresent: dataset.split)
                writer.member("size", ifPresent: dataset.size.map { .integer($0) })
            }
        }
        if let code = document.code {
            member(
                "code",
                object: { writer in
                    writer.member("repository", ifPresent: code.repository)
                    writer.member("commit", ifPresent: code.commit)
                    writer.member("digest", ifPresent: code.digest)
                }
            )
        }
    }

    private mutating func member(_ name: StaticString, ifPresent value: JSON?) {
        guard let value else { return }
        self.name(name)
        self.value(value)
    }

    /// The member `name`: a table, row by row.
    mutating func sideBySide(_ name: StaticString, _ table: SideBySide) {
        self.name(name)
        array { writer in
            for row in table.rows {
                writer.object { writer in
                    writer.member("key", row.key)
                    writer.name("values")
                    writer.array { writer in for value in row.values { writer.compared(value) } }
                    writer.member("differs", row.differs)
                }
            }
        }
    }

    private mutating func compared(_ value: JSON?) {
        if case .number(let number)? = value { clamped(number) } else { self.value(value ?? .null) }
    }
}
