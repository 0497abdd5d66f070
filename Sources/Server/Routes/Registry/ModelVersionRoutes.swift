import Hummingbird
import Kernel
import Registry
import Tracking

/// MLflow's calls on versions of registered models.
struct ModelVersionRoutes: Sendable {
    let registry: RegistryService

    func add(to group: RouterGroup<MartletContext>) {
        group.post("model-versions/create", use: create)
        group.get("model-versions/get", use: get)
        group.patch("model-versions/update", use: update)
        group.delete("model-versions/delete", use: delete)
        group.get("model-versions/search", use: search)
        group.post("model-versions/transition-stage", use: transition)
        group.get("model-versions/get-download-uri", use: downloadURI)
        group.post("model-versions/set-tag", use: setTag)
        group.delete("model-versions/delete-tag", use: deleteTag)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let new = NewModelVersion(
            modelName: try fields.requiredString("name"),
            source: try fields.requiredString("source"),
            runID: try fields.string("run_id").map { RunID($0) },
            runLink: try fields.string("run_link") ?? "",
            description: try fields.string("description") ?? "",
            tags: try fields.tags("tags").map { Tag(key: $0.key, value: $0.value) },
            loggedModelID: try fields.string("model_id").map { LoggedModelID($0) }
        )
        return .modelVersion(try await registry.createVersion(new, by: context.actor))
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let (name, number) = try await MLflowFields(request).modelVersion(in: registry)
        return .modelVersion(try await registry.version(name, .number(number)))
    }

    @Sendable private func update(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let (name, number) = try await fields.modelVersion(in: registry)
        let description = try fields.string("description")
        return .modelVersion(
            try await registry.updateVersion(name, number, description: description, by: context.actor)
        )
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        let (name, number) = try await MLflowFields(request).modelVersion(in: registry)
        try await registry.deleteVersion(name, number, by: context.actor)
        return .emptyObject
    }

    @Sendable private func search(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let max = RegistryService.versionPageMax
        let page = try await registry.searchVersions(try fields.registryQuery(default: max, max: max))
        return .json { $0.page("model_versions", page) { $0.modelVersion($1) } }
    }

    @Sendable private func transition(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let (name, number) = try await fields.modelVersion(in: registry)
        let version = try await registry.transition(
            name,
            number,
            to: try ModelStage(text: try fields.requiredString("stage")),
            archivingOthers: try fields.boolean("archive_existing_versions") ?? false,
            by: context.actor
        )
        return .modelVersion(version)
    }

    @Sendable private func downloadURI(_ request: Request, _ context: MartletContext) async throws -> Response {
        let (name, number) = try await MLflowFields(request).modelVersion(in: registry)
        let version = try await registry.version(name, .number(number))
        return .json { writer in writer.object { $0.member("artifact_uri", version.downloadURI) } }
    }

    @Sendable private func setTag(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let (name, number) = try await fields.modelVersion(in: registry)
        let tag = Tag(key: try fields.requiredString("key"), value: try fields.string("value") ?? "")
        try await registry.setVersionTag(name, number, tag, by: context.actor)
        return .emptyObject
    }

    @Sendable private func deleteTag(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let (name, number) = try await fields.modelVersion(in: registry)
        try await registry.deleteVersionTag(
            name,
            number,
            key: try fields.requiredString("key"),
            by: context.actor
        )
        return .emptyObject
    }
}
