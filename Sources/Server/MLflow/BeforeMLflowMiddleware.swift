import Hummingbird
import Kernel

/// Says, where this server stands before an MLflow server, that what was not found was looked for here alone.
struct BeforeMLflowMiddleware: RouterMiddleware {
    /// The beginnings of paths that are answered from Martlet's own registry.
    private static let own = ["/api/v1/registry/", "/api/v1/mlflow/serving/", "/mlops/"]

    func handle(
        _ request: Request,
        context: MartletContext,
        next: (Request, MartletContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as MartletError
            where error.code == .resourceDoesNotExist && Self.own.contains(where: request.uri.path.hasPrefix)
        {
            let fault = error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
            throw MartletError(
                error.code,
                "\(fault). It was looked for in Martlet's own registry; a version of the MLflow server behind comes"
                    + " into it when it is deployed, and all of them do by `martlet import mlflow`.",
                cause: error
            )
        }
    }
}
