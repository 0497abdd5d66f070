import HTTPTypes
import Hummingbird

/// MLflow's API where another server answers it.
struct MLflowProxyRoutes: Sendable {
    private static let methods: [HTTPRequest.Method] = [.get, .post, .put, .patch, .delete, .head]
    private static let trees = ["mlflow", "mlflow-artifacts"]
    let mlflow: ExternalMLflow

    func add(to router: Router<MartletContext>) {
        for method in Self.methods {
            for prefix in ["api", "ajax-api"] {
                for version in ["2.0", "3.0"] {
                    for tree in Self.trees {
                        router.on("\(prefix)/\(version)/\(tree)/**", method: method, use: handOn)
                    }
                }
            }
            for path in ["get-artifact", "model-versions/get-artifact", "v1/traces", "graphql"] {
                router.on("\(path)", method: method, use: handOn)
            }
        }
    }

    @Sendable private func handOn(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await mlflow.handOn(request)
    }
}
