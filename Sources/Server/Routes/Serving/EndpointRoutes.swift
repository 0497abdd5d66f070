import Hummingbird
import Inference
import Kernel
import Ledger
import Registry
import Serving

/// Deploying model versions, and the endpoints that there are.
struct EndpointRoutes {
    let serving: ServingService

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        addReading(to: router)
        let group = router.group("api/v1/mlflow/serving")
        group.post("deploy", use: deploy)
        router.post("mlops/deploy", use: deploy)
        group.delete("endpoints/:name", use: undeploy)
    }

    /// Adds those of them that change nothing.
    func addReading(to router: Router<MartletContext>) {
        let group = router.group("api/v1/mlflow/serving")
        group.get("endpoints", use: list)
        group.get("endpoints/:name", use: get)
        group.get("endpoints/:name/openapi.json", use: describe)
        router.get("mlops/models", use: models)
    }

    @Sendable private func deploy(_ request: Request, _ context: MartletContext) async throws -> Response {
        let body = try await request.jsonObject()
        let fields = MLflowFields(body)
        let endpoint = try await serving.deploy(
            try fields.requiredString("model_name"),
            try Self.selector(body, fields),
            to: try fields.string("endpoint"),
            try EndpointWishes(
                replicas: try fields.integer("replicas"),
                batching: try fields.string("batching"),
                caching: try fields.boolean("caching")
            ),
            by: context.actor
        )
        let view = try await serving.view(endpoint.name)
        return .json(status: .created) { $0.endpoint(view) }
    }

    /// Which version is meant: exactly one of `version`, `stage` and `alias`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    static func selector(_ body: JSONObject, _ fields: MLflowFields) throws -> VersionSelector {
        let given = ["version", "stage", "alias"].filter { body[$0] != nil && body[$0] != .null }
        guard given.count == 1 else {
            throw MartletError(
                .invalidParameterValue,
                "Name the version by exactly one of \"version\", \"stage\" and \"alias\"; found "
                    + (given.isEmpty ? "none" : given.joined(separator: " and "))
            )
        }
        if let stage = try fields.string("stage") { return .stage(try ModelStage(text: stage)) }
        if let alias = try fields.string("alias") { return .alias(alias) }
        if let text = body["version"]?.stringValue, let version = try? SemanticVersion(text: text) {
            return .semantic(version)
        }
        guard let number = try fields.integer("version").flatMap({ Int(exactly: $0) }), number > 0 else {
            throw MartletError(
                .invalidParameterValue,
                "\"version\" must be a version's number, 1 or more, or its semantic version, such as 1.4.0"
            )
        }
        return .number(number)
    }

    @Sendable private func list(_ request: Request, _ context: MartletContext) async throws -> Response {
        let endpoints = try await serving.views()
        return .json { writer in
            writer.object { writer in
                writer.name("endpoints")
                writer.array { writer in for endpoint in endpoints { writer.endpoint(endpoint) } }
            }
        }
    }

    /// The deployed models: each variant of each endpoint.
    @Sendable private func models(_ request: Request, _ context: MartletContext) async throws -> Response {
        let endpoints = try await serving.views()
        return .json { writer in
            writer.object { writer in
                writer.name("models")
                writer.array { writer in
                    for view in endpoints {
                        for variant in view.variants { writer.deployedModel(view.endpoint, variant) }
                    }
                }
            }
        }
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let view = try await serving.view(try Self.name(context))
        return .json { $0.endpoint(view) }
    }

    @Sendable private func describe(_ request: Request, _ context: MartletContext) async throws -> Response {
        let description = try serving.description(of: try Self.name(context))
        return .json { $0.value(description) }
    }

    @Sendable private func undeploy(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await serving.undeploy(try Self.name(context), by: context.actor)
        return .emptyObject
    }

    /// The endpoint in the path.
    ///
    /// - Throws: an error of the router when the path has none.
    static func name(_ context: MartletContext) throws -> String {
        let name = try context.parameters.require("name")
        return PercentEncoding.decode(name) ?? name
    }
}
