import Hummingbird
import Kernel
import Ledger
import Serving

/// What ``ModelServer`` answers: every protocol of predictions, and what is said of the models.
struct ModelServerRoutes {
    let serving: ServingService
    let configuration: ModelServerConfiguration
    private let requests = RequestMetrics()

    init(serving: ServingService, configuration: ModelServerConfiguration) {
        self.serving = serving
        self.configuration = configuration
    }

    /// All routes.
    func router() -> Router<MartletContext> {
        let router = Router(context: MartletContext.self)
        router.add(middleware: RequestMetricsMiddleware(metrics: requests))
        router.add(middleware: ErrorMiddleware())
        router.add(middleware: hostGuard)
        router.add(middleware: AuthenticationMiddleware(authenticator: authenticator, takesParts: false))
        // Models are loaded before a connection is taken.
        HealthRoutes(checkReady: {}, servesArtifacts: false).addProbes(to: router)
        EndpointRoutes(serving: serving).addReading(to: router)
        PredictionRoutes(serving: serving).add(to: router)
        InferenceProtocolRoutes(serving: serving, managesModels: false).add(to: router)
        MetricsRoutes(requests: requests, writeRooms: { $0.serving(serving.metrics()) }).add(to: router)
        return router
    }

    /// What is answered before the router is asked.
    func direct(_ contexts: RequestContexts) -> DirectAnswers {
        DirectPredictions(
            serving: serving,
            hostGuard: hostGuard,
            metrics: requests,
            contexts: contexts,
            anonymous: configuration.anonymousActor
        )
        .outcome
    }

    /// What is answered over gRPC.
    func grpc(_ contexts: RequestContexts) -> InferenceGRPCService {
        InferenceGRPCService(
            serving: serving,
            authenticator: authenticator,
            metrics: requests,
            contexts: contexts,
            managesModels: false
        )
    }

    private var hostGuard: GuardMiddleware { GuardMiddleware(allowedHosts: configuration.allowedHosts) }

    /// Whoever sends the one token is one user.
    private var authenticator: Authenticator {
        // Digests of equal length compare without telling how much of a guess was right.
        let expected = configuration.token.map { ContentDigest(of: $0.utf8) }
        return Authenticator(
            user: { secret in ContentDigest(of: secret.utf8) == expected ? Actor(name: "user") : nil },
            anonymous: configuration.anonymousActor
        )
    }
}
