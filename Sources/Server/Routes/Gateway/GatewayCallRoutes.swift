import Gateway
import Hummingbird
import Kernel

/// The calls by which the gateway's endpoints are asked, as MLflow's clients make them.
struct GatewayCallRoutes: Sendable {
    let gateway: GatewayService

    /// Adds the routes below `/gateway`.
    func add(to router: Router<MartletContext>) {
        let group = router.group("gateway")
        group.post(":endpoint/mlflow/invocations", use: invoke)
        group.post("mlflow/v1/chat/completions", use: chat)
    }

    @Sendable private func invoke(_ request: Request, _ context: MartletContext) async throws -> Response {
        let body = try await body(request)
        return answer(try await gateway.ask(try context.parameters.require("endpoint"), try GatewayQuestion(body)))
    }

    /// The endpoint's name is the model's, so that OpenAI's own clients can ask.
    @Sendable private func chat(_ request: Request, _ context: MartletContext) async throws -> Response {
        let body = try await body(request)
        guard let name = body["model"]?.stringValue, !name.isEmpty else {
            throw MLflowFields(body).missing("model")
        }
        return answer(try await gateway.ask(name, try GatewayQuestion(body)))
    }

    private func body(_ request: Request) async throws -> JSONObject {
        try MLflowFields.checkContentType(request)
        return try await request.jsonObject()
    }

    private func answer(_ text: String) -> Response {
        .json { $0.raw(text.utf8) }
    }
}
