import Hummingbird
import Kernel
import Registry
import Serving

/// How the requests of an endpoint are shared out, what that has shown, and the way back.
struct TrafficRoutes {
    private static let variantsMax = 100
    let serving: ServingService

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        let endpoint = router.group("api/v1/mlflow/serving/endpoints/:name")
        endpoint.put("traffic", use: setTraffic)
        endpoint.post("rollback", use: rollBack)
        endpoint.get("rollouts", use: rollouts)
    }

    @Sendable private func setTraffic(_ request: Request, _ context: MartletContext) async throws -> Response {
        let body = try await request.jsonObject()
        let name = try EndpointRoutes.name(context)
        let fields = MLflowFields(body)
        _ = try await serving.setTraffic(
            name,
            TrafficRequest(
                policy: try TrafficPolicy(body),
                variants: try Self.variants(body, fields),
                live: try fields.string("live")
            ),
            by: context.actor
        )
        let view = try await serving.view(name)
        return .json { $0.endpoint(view) }
    }

    @Sendable private func rollBack(_ request: Request, _ context: MartletContext) async throws -> Response {
        let name = try EndpointRoutes.name(context)
        _ = try await serving.rollBack(name, by: context.actor)
        let view = try await serving.view(name)
        return .json { $0.endpoint(view) }
    }

    @Sendable private func rollouts(_ request: Request, _ context: MartletContext) async throws -> Response {
        let records = try await serving.rollouts(of: try EndpointRoutes.name(context))
        return .json { writer in
            writer.object { writer in
                writer.name("rollouts")
                writer.array { writer in for record in records { writer.rollout(record) } }
            }
        }
    }

    /// The variants wanted: a list, or for an experiment `control_model` and `treatment_model`.
    private static func variants(_ body: JSONObject, _ fields: MLflowFields) throws -> [TrafficRequest.Wanted] {
        if body["control_model"] != nil || body["treatment_model"] != nil {
            guard body["variants"] == nil else {
                throw MartletError(
                    .invalidParameterValue,
                    "\"variants\" must not stand beside \"control_model\" and \"treatment_model\", which name the same"
                )
            }
            return [
                try wanted(try fields.requiredObject("control_model"), named: "control"),
                try wanted(try fields.requiredObject("treatment_model"), named: "treatment"),
            ]
        }
        let variants = try fields.objects("variants")
        guard variants.count <= variantsMax else {
            throw MartletError(.invalidParameterValue, "\"variants\" must be at most \(variantsMax)")
        }
        return try variants.map { try wanted($0, named: nil) }
    }

    private static func wanted(_ fields: MLflowFields, named name: String?) throws -> TrafficRequest.Wanted {
        var wanted = TrafficRequest.Wanted(
            name: try fields.string("name") ?? name,
            modelName: try fields.string("model_name") ?? fields.string("model_id")
        )
        let object = fields.json.objectValue ?? JSONObject()
        if ["version", "stage", "alias"].contains(where: { object[$0] != nil && object[$0] != .null }) {
            wanted.version = try EndpointRoutes.selector(object, fields)
        }
        return wanted
    }
}
