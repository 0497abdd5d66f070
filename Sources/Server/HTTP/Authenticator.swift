import Kernel
import Ledger

/// Finds out who asks by what a request says of it, over HTTP and gRPC alike.
struct Authenticator: Sendable {
    /// The user whose token's secret this is; nil for none.
    let user: @Sendable (_ secret: String) async throws -> Actor?
    /// Who a caller without a token is; nil when he may ask for nothing but the probes.
    let anonymous: Actor?

    /// Who sends the header `Authorization`, if there is one.
    ///
    /// - Throws: `UNAUTHENTICATED`; what a database throws.
    func actor(_ header: String?) async throws -> Actor {
        guard let header else {
            if let anonymous { return anonymous }
            throw MartletError(
                .unauthenticated,
                "This server answers to users only. Send a token as 'Authorization: Bearer TOKEN'; MLflow's client does"
                    + " with MLFLOW_TRACKING_TOKEN. 'martlet token create --user NAME' makes one."
            )
        }
        guard let credentials = Credentials(header: header), let actor = try await user(credentials.secret),
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
