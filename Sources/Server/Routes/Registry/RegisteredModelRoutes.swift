import Hummingbird
import Kernel
import Registry
import Tracking

/// MLflow's calls on registered models.
struct RegisteredModelRoutes: Sendable {
    let registry: RegistryService

    func add(to group: RouterGroup<MartletContext>) {
        group.post("registered-models/create", use: create)
        group.get("registered-models/get", use: get)
        group.patch("registered-models/update", use: update)
        group.post("registered-models/rename", use: rename)
        group.delete("registered-models/delete", use: delete)
        group.get("registered-models/search", use: search)
        group.post("registered-models/set-tag", use: setTag)
        group.delete("registered-models/delete-tag", use: deleteTag)
        group.get("registered-models/get-latest-versions", use: latestVersions)
        group.post("registered-models/get-latest-versions", use: latestVersions)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let new = NewRegisteredModel(
            name: try fields.requiredString("name"),
            description: try fields.string("description"),
            tags: try fields.tags("tags").map { Tag(key: $0.key, value: $0.value) }
        )
        return answer(try await registry.createModel(new, by: context.actor))
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        return answer(try await registry.model(try fields.requiredString("name")))
    }

    @Sendable private func update(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let name = try fields.requiredString("name")
        let description = try fields.string("description")
        return answer(try await registry.updateModel(name, description: description, by: context.actor))
    }

    @Sendable private func rename(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let name = try fields.requiredString("name")
        let newName = try fields.requiredString("new_name")
        return answer(try await registry.renameModel(name, to: newName, by: context.actor))
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        try await registry.deleteModel(try fields.requiredString("name"), by: context.actor)
        return .emptyObject
    }

    @Sendable private func search(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let query = try fields.registryQuery(default: 100, max: RegistryService.modelPageMax)
        let page = try await registry.searchModels(query)
        return .json { $0.page("registered_models", page) { $0.registeredModel($1) } }
    }

    @Sendable private func setTag(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let tag = Tag(key: try fields.requiredString("key"), value: try fields.string("value") ?? "")
        try await registry.setModelTag(try fields.requiredString("name"), tag, by: context.actor)
        return .emptyObject
    }

    @Sendable private func deleteTag(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let name = try fields.requiredString("name")
        try await registry.deleteModelTag(name, key: try fields.requiredString("key"), by: context.actor)
        return .emptyObject
    }

    @Sendable private func latestVersions(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let versions = try await registry.latestVersions(
            try fields.requiredString("name"),
            in: try fields.strings("stages").map { try ModelStage(text: $0) }
        )
        return .json { writer in
            writer.object { $0.member("model_versions", unlessEmpty: versions) { $0.modelVersion($1) } }
        }
    }

    private func answer(_ model: RegisteredModel) -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("registered_model")
                writer.registeredModel(model)
            }
        }
    }
}
