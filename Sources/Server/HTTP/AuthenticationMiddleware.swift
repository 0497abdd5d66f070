import Governance
import HTTPTypes
import Hummingbird
import Kernel
import Ledger

/// Finds out who sends a request, and refuses it when that can't be.
struct AuthenticationMiddleware: RouterMiddleware {
    typealias Context = MartletContext

    let tokens: AccessTokenService
    /// Who a caller without a token is; nil when he may ask for nothing but the probes.
    let anonymous: Actor?
    /// Whether this server takes parts of uploads, each of which brings a right of its own.
    let takesParts: Bool

    func handle(
        _ request: Request,
        context: MartletContext,
        next: (Request, MartletContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let header = request.headers[.authorization] {
            context.actor = try await actor(header)
        } else if let anonymous {
            context.actor = anonymous
        } else if !Probes.contains(request.uri.path), !(takesParts && PartAddress.isNamed(by: request)) {
            throw MartletError(
                .unauthenticated,
                "This server answers to users only. Send a token as 'Authorization: Bearer TOKEN'; MLflow's client does"
                    + " with MLFLOW_TRACKING_TOKEN. 'martlet token create --user NAME' makes one."
            )
        }
        return try await next(request, context)
    }

    private func actor(_ header: String) async throws -> Actor {
        guard let credentials = Credentials(header: header),
            let actor = try await tokens.user(withSecret: credentials.secret),
            // A password of somebody else's must not pass under any name.
            credentials.user == nil || credentials.user == actor.name
        else {
            throw MartletError(
                .unauthenticated,
                "The token is wrong or was revoked. Send a good one as 'Authorization: Bearer TOKEN', or as the password"
                    + " of its user. 'martlet token create --user NAME' makes one."
            )
        }
        return actor
    }
}

/// What anybody may ask, whatever name he calls the server by: whether it lives and what it speaks.
enum Probes {
    /// Whether `path` is such a question.
    static func contains(_ path: String) -> Bool {
        path == "/health" || path == "/version" || path == "/livez" || path == "/readyz"
    }
}
