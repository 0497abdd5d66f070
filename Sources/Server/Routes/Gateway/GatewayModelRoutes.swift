import Gateway
import Hummingbird
import Kernel

/// MLflow's calls on the gateway's model definitions.
struct GatewayModelRoutes: Sendable {
    let gateway: GatewayService

    /// Adds the routes below `…/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("gateway/model-definitions/create", use: create)
        group.get("gateway/model-definitions/get", use: get)
        group.get("gateway/model-definitions/list", use: list)
        group.post("gateway/model-definitions/update", use: update)
        group.delete("gateway/model-definitions/delete", use: delete)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        var new = NewGatewayModel(
            name: try fields.requiredString("name"),
            secretID: try fields.requiredString("secret_id"),
            provider: try fields.requiredString("provider"),
            modelName: try fields.requiredString("model_name")
        )
        new.user = try fields.text("created_by")
        return answer(try await gateway.createModel(new, by: context.actor))
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        return answer(try await gateway.model(try fields.requiredString("model_definition_id")))
    }

    @Sendable private func list(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let models = try await gateway.models(of: try fields.text("provider"), with: try fields.text("secret_id"))
        return .json { $0.object { $0.member("model_definitions", unlessEmpty: models) { $0.gatewayModel($1) } } }
    }

    @Sendable private func update(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let id = try fields.requiredString("model_definition_id")
        var change = GatewayModelChange()
        change.name = try fields.text("name")
        change.secretID = try fields.text("secret_id")
        change.provider = try fields.text("provider")
        change.modelName = try fields.text("model_name")
        change.user = try fields.text("updated_by")
        return answer(try await gateway.updateModel(id, change, by: context.actor))
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        try await gateway.deleteModel(try fields.requiredString("model_definition_id"), by: context.actor)
        return .emptyObject
    }

    private func answer(_ model: GatewayModel) -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("model_definition")
                writer.gatewayModel(model)
            }
        }
    }
}
