import Hummingbird
import Kernel

/// MLflow's GraphQL.
struct GraphQLRoutes: Sendable {
    private static let bodyBytesMax = 1 << 20
    let mlflow: MLflowServer
    let limits: GraphQLLimits

    func add(to router: Router<MartletContext>) {
        router.get("graphql", use: answer)
        router.post("graphql", use: answer)
    }

    @Sendable private func answer(_ request: Request, _ context: MartletContext) async throws -> Response {
        let asked = try await Self.asked(request)
        var resolver = MLflowGraphQLResolver { try await mlflow.ask($0, context) }
        let execution = GraphQLExecution(schema: .mlflow, limits: limits)
        return Response(json: try await execution.answer(to: asked) { try await resolver.object(behind: $0) })
    }

    private static func asked(_ request: Request) async throws -> GraphQLExecution.Asked {
        let fields = try await fields(request)
        guard let query = fields["query"]?.stringValue else {
            throw MartletError(.invalidParameterValue, "The request has no text 'query', which holds what is asked.")
        }
        let operation = fields["operationName"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        switch fields["variables"] ?? .null {
        case .null: return GraphQLExecution.Asked(query: query, operation: operation, variables: JSONObject())
        case .object(let variables):
            return GraphQLExecution.Asked(query: query, operation: operation, variables: variables)
        default: throw MartletError(.invalidParameterValue, "'variables' must be a JSON object.")
        }
    }

    /// The members of a POST's body, or those of a GET's query, where the variables are JSON text.
    private static func fields(_ request: Request) async throws -> JSONObject {
        guard request.method == .get, request.uri.query != nil else {
            try MLflowFields.checkContentType(request)
            return try await request.jsonObject(max: bodyBytesMax)
        }
        var fields = JSONObject()
        for name in ["query", "operationName"] { fields[name] = request.queryValue(name).map { .string($0) } }
        guard let variables = request.queryValue("variables"), !variables.isEmpty else { return fields }
        do {
            fields["variables"] = try JSON.parse(variables.utf8)
        } catch {
            throw MartletError(.invalidParameterValue, "'variables' must be a JSON object.", cause: error)
        }
        return fields
    }
}
