import Hummingbird
import Registry

/// MLflow's calls on the names that point to versions.
struct ModelAliasRoutes: Sendable {
    let registry: RegistryService

    func add(to group: RouterGroup<MartletContext>) {
        group.post("registered-models/alias", use: set)
        group.delete("registered-models/alias", use: delete)
        group.get("registered-models/alias", use: get)
    }

    @Sendable private func set(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let alias = try fields.requiredString("alias")
        let (name, number) = try await fields.modelVersion(in: registry)
        try await registry.setAlias(name, alias, to: number, by: context.actor)
        return .emptyObject
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let name = try fields.requiredString("name")
        try await registry.deleteAlias(name, try fields.requiredString("alias"), by: context.actor)
        return .emptyObject
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let name = try fields.requiredString("name")
        return .modelVersion(try await registry.version(name, aliased: try fields.requiredString("alias")))
    }
}
