import HTTPTypes
import Hummingbird
import Kernel
import Ledger

/// Finds out who sends a request, and refuses it when that can't be.
struct AuthenticationMiddleware: RouterMiddleware {
    typealias Context = MartletContext

    let authenticator: Authenticator
    /// Whether this server takes parts of uploads, each of which brings a right of its own.
    let takesParts: Bool

    func handle(
        _ request: Request,
        context: MartletContext,
        next: (Request, MartletContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let header = request.headers[.authorization]
        if header != nil || authenticator.anonymous != nil || !isOpen(request) {
            context.actor = try await authenticator.actor(header)
        }
        return try await next(request, context)
    }

    private func isOpen(_ request: Request) -> Bool {
        Probes.contains(request.uri.path) || takesParts && PartAddress.isNamed(by: request)
    }
}

/// What anybody may ask, whatever name he calls the server by: whether it lives and what it speaks.
enum Probes {
    /// Whether `path` is such a question.
    static func contains(_ path: String) -> Bool {
        path == "/health" || path == "/version" || path == "/livez" || path == "/readyz"
    }
}
