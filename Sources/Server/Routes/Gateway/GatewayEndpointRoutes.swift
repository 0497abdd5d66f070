import Gateway
import Hummingbird
import Kernel
import Tracking

/// MLflow's calls on the gateway's endpoints, their models, tags and uses.
struct GatewayEndpointRoutes: Sendable {
    let gateway: GatewayService

    /// Adds the routes below `…/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("gateway/endpoints/create", use: create)
        group.get("gateway/endpoints/get", use: get)
        group.get("gateway/endpoints/list", use: list)
        group.post("gateway/endpoints/update", use: update)
        group.delete("gateway/endpoints/delete", use: delete)
        group.post("gateway/endpoints/models/attach", use: attach)
        group.post("gateway/endpoints/models/detach", use: detach)
        group.post("gateway/endpoints/set-tag", use: setTag)
        group.delete("gateway/endpoints/delete-tag", use: deleteTag)
        group.post("gateway/endpoints/bindings/create", use: bind)
        group.get("gateway/endpoints/bindings/list", use: bindings)
        group.delete("gateway/endpoints/bindings/delete", use: unbind)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        var new = try fields.gatewayEndpoint(user: "created_by")
        new.name = try fields.requiredString("name")
        guard new.links != nil else { throw fields.missing("model_configs") }
        return answer(try await gateway.createEndpoint(new, by: context.actor))
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        return answer(try await gateway.endpoint(id: try fields.text("endpoint_id"), name: try fields.text("name")))
    }

    @Sendable private func list(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let endpoints = try await gateway.endpoints(of: try fields.text("provider"))
        return .json { $0.object { $0.member("endpoints", unlessEmpty: endpoints) { $0.gatewayEndpoint($1) } } }
    }

    @Sendable private func update(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let id = try fields.requiredString("endpoint_id")
        let change = try fields.gatewayEndpoint(user: "updated_by")
        return answer(try await gateway.updateEndpoint(id, change, by: context.actor))
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        try await gateway.deleteEndpoint(try fields.requiredString("endpoint_id"), by: context.actor)
        return .emptyObject
    }

    // MARK: Models

    @Sendable private func attach(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let link = try await gateway.attach(
            try fields.requiredObject("model_config").gatewayLink("model_config"),
            to: try fields.requiredString("endpoint_id"),
            user: try fields.text("created_by"),
            by: context.actor
        )
        return .json { writer in
            writer.object { writer in
                writer.name("mapping")
                writer.gatewayLink(link)
            }
        }
    }

    @Sendable private func detach(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        try await gateway.detach(
            try fields.requiredString("model_definition_id"),
            from: try fields.requiredString("endpoint_id"),
            by: context.actor
        )
        return .emptyObject
    }

    // MARK: Tags

    @Sendable private func setTag(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let tag = Tag(key: try fields.requiredString("key"), value: try fields.string("value") ?? "")
        try await gateway.setEndpointTag(tag, on: try fields.requiredString("endpoint_id"))
        return .emptyObject
    }

    @Sendable private func deleteTag(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let key = try fields.requiredString("key")
        try await gateway.deleteEndpointTag(key, on: try fields.requiredString("endpoint_id"))
        return .emptyObject
    }

    // MARK: Uses

    @Sendable private func bind(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        guard let resource: GatewayBinding.Resource = try fields.oneOf("resource_type") else {
            throw fields.missing("resource_type")
        }
        let binding = try await gateway.bind(
            try fields.requiredString("endpoint_id"),
            to: resource,
            try fields.requiredString("resource_id"),
            user: try fields.text("created_by"),
            by: context.actor
        )
        return .json { writer in
            writer.object { writer in
                writer.name("binding")
                writer.gatewayBinding(binding)
            }
        }
    }

    @Sendable private func bindings(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let bindings = try await gateway.bindings(
            of: try fields.text("endpoint_id"),
            to: try fields.text("resource_type"),
            try fields.text("resource_id")
        )
        return .json { $0.object { $0.member("bindings", unlessEmpty: bindings) { $0.gatewayBinding($1) } } }
    }

    @Sendable private func unbind(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        try await gateway.unbind(
            try fields.requiredString("endpoint_id"),
            from: try fields.requiredString("resource_type"),
            try fields.requiredString("resource_id"),
            by: context.actor
        )
        return .emptyObject
    }

    private func answer(_ endpoint: GatewayEndpoint) -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("endpoint")
                writer.gatewayEndpoint(endpoint)
            }
        }
    }
}

extension MLflowFields {
    /// What a call that makes or changes an endpoint says of it; `user` is the field of who does.
    fileprivate func gatewayEndpoint(user: String) throws -> GatewayEndpointChange {
        var change = GatewayEndpointChange()
        change.name = try text("name")
        let links = try objects("model_configs").enumerated().map { index, fields in
            try fields.gatewayLink("model_configs[\(index)]")
        }
        change.links = links.isEmpty ? nil : links
        change.routing = try choice("routing_strategy", numberedFrom: 1)
        if try value("fallback_config") != nil {
            let fields = try requiredObject("fallback_config")
            change.fallback = .init(
                strategy: try fields.choice("strategy", numberedFrom: 1),
                attemptsMax: try fields.integer("max_attempts")
            )
        }
        change.experimentID = try text("experiment_id").map { try ExperimentID($0) }
        change.tracksUsage = try boolean("usage_tracking")
        change.user = try text(user)
        return change
    }

    /// A model of an endpoint, which stands at `place` in the request.
    fileprivate func gatewayLink(_ place: String) throws -> NewGatewayLink {
        guard let kind: GatewayLink.Kind = try choice("linkage_type", numberedFrom: 1) else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid or missing value for required parameter 'linkage_type' in \(place). Must be one of: "
                    + GatewayLink.Kind.allCases.map(\.rawValue).joined(separator: ", ") + "."
            )
        }
        var link = NewGatewayLink(modelID: try requiredString("model_definition_id"), kind: kind)
        link.weight = try double("weight") ?? link.weight
        link.fallbackOrder = try integer("fallback_order")
        return link
    }
}
