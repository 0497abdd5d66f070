import Governance
import Hummingbird
import Kernel
import Ledger
import Serving

extension Composition {
    /// Answers once the database does and everything that was deployed has been loaded, or has failed to.
    ///
    /// - Throws: `TEMPORARILY_UNAVAILABLE` before; ``DatabaseError``.
    @Sendable private func checkReady() async throws {
        _ = try await engines.activities.lastSequence()
        guard serving.isRestored else {
            throw MartletError(.temporarilyUnavailable, "The deployed models are still being loaded.")
        }
    }

    /// What is answered before the router is asked.
    func direct(_ contexts: RequestContexts) -> DirectAnswers {
        DirectPredictions(
            serving: serving,
            hostGuard: hostGuard,
            metrics: requests,
            contexts: contexts,
            anonymous: engines.configuration.anonymousActor
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
            managesModels: true
        )
    }

    private var hostGuard: GuardMiddleware { GuardMiddleware(allowedHosts: engines.configuration.allowedHosts) }

    private var authentication: AuthenticationMiddleware {
        AuthenticationMiddleware(authenticator: authenticator, takesParts: external == nil)
    }

    /// Who may ask.
    var authenticator: Authenticator {
        Authenticator(
            user: { [tokens] secret in try await tokens.user(withSecret: secret) },
            anonymous: engines.configuration.anonymousActor
        )
    }

    /// All routes.
    func router() -> Router<MartletContext> {
        let router = Router(context: MartletContext.self)
        router.add(middleware: RequestMetricsMiddleware(metrics: requests))
        router.add(middleware: ErrorMiddleware())
        router.add(middleware: hostGuard)
        router.add(middleware: authentication)
        let mlflow: MLflowServer
        if let external {
            router.add(middleware: BeforeMLflowMiddleware())
            MLflowProxyRoutes(mlflow: external).add(to: router)
            mlflow = external.server
        } else {
            addMLflow(to: router)
            NestedRunRoutes(tracking: tracking).add(to: router)
            let inside = Router(context: MartletContext.self)
            addMLflow(to: inside)
            mlflow = .own(inside.buildResponder())
            GraphQLRoutes(mlflow: mlflow, limits: graphQLLimits).add(to: router)
        }
        MLflowIntegrationRoutes(mlflow: mlflow).add(to: router)
        ModelFileRoutes(registry: registry).add(to: router)
        ArtifactCheckRoutes(artifacts: self.artifacts).add(to: router)
        HealthRoutes(
            checkReady: checkReady,
            servesArtifacts: engines.configuration.servesArtifacts
        ).add(to: router)
        CallerRoutes().add(to: router)
        ActivityRoutes(activities: engines.activities).add(to: router)
        let lineage = LineageService(database: engines.database)
        let roots = LineageRoots(
            lineage: lineage,
            tracking: tracking,
            registry: registry,
            isBeforeMLflow: external != nil
        )
        LineageRoutes(lineage: lineage, roots: roots).add(to: router)
        EventRoutes(activities: engines.activities, tracking: tracking).add(to: router)
        RegistryRoutes(registry: registry).add(to: router, isBeforeMLflow: external != nil)
        EndpointRoutes(serving: serving).add(to: router)
        TrafficRoutes(serving: serving).add(to: router)
        ContractRoutes(serving: serving).add(to: router)
        FeedbackRoutes(serving: serving).add(to: router)
        PredictionRoutes(serving: serving).add(to: router)
        PredictionSetRoutes(serving: serving).add(to: router)
        InferenceProtocolRoutes(serving: serving, managesModels: true).add(to: router)
        WebhookRoutes(webhooks: webhooks).add(to: router)
        MonitoringRoutes(monitoring: monitoring).add(to: router)
        PredictionLogRoutes(log: serving.log, clock: engines.clock).add(to: router)
        MetricsRoutes(requests: requests, writeRooms: { $0.serving(serving.metrics()) }).add(to: router)
        OpenAPIRoutes().add(to: router)
        WebRoutes().add(to: router)
        return router
    }

    /// MLflow's API, answered here.
    private func addMLflow(to router: Router<MartletContext>) {
        let artifacts = ArtifactRoutes(
            artifacts: self.artifacts,
            root: engines.artifactRoot,
            outside: engines.outside,
            tracking: tracking,
            registry: registry
        )
        let multipart = MultipartUploadRoutes(uploads: uploads, registry: registry, address: publicAddress)
        for prefix in ["api", "ajax-api"] {
            for version in ["2.0", "3.0"] {
                let group = router.group("\(prefix)/\(version)/mlflow")
                ExperimentRoutes(tracking: tracking).add(to: group)
                RunRoutes(tracking: tracking).add(to: group)
                MetricRoutes(tracking: tracking).add(to: group)
                LoggedModelRoutes(tracking: tracking).add(to: group)
                EvaluationDatasetRoutes(tracking: tracking).add(to: group)
                TraceRoutes(tracking: tracking).add(to: group, version: version)
                if version == "2.0" { LegacyTraceRoutes(tracking: tracking).add(to: group) }
                if version == "3.0" {
                    TraceCorrelationRoutes(tracking: tracking).add(to: group)
                    AssessmentRoutes(tracking: tracking).add(to: group)
                }
                IssueRoutes(tracking: tracking).add(to: group)
                RegistryRoutes(registry: registry).add(to: group)
                MLflowWebhookRoutes(webhooks: webhooks).add(to: group)
                ScorerRoutes(scorers: scorers).add(to: group)
                GatewaySecretRoutes(gateway: gateway).add(to: group)
                GatewayModelRoutes(gateway: gateway).add(to: group)
                GatewayEndpointRoutes(gateway: gateway).add(to: group)
                artifacts.addLists(to: group)
                let proxy = router.group("\(prefix)/\(version)/mlflow-artifacts")
                artifacts.addProxy(to: proxy, isOpen: engines.configuration.servesArtifacts)
                if engines.configuration.servesArtifacts { multipart.add(to: proxy) }
            }
        }
        artifacts.addDownloads(to: router)
        SpanRoutes().add(to: router)
        GatewayCallRoutes(gateway: gateway).add(to: router)
        let files = ArtifactWriter(artifacts: self.artifacts, root: engines.artifactRoot, registry: registry)
        let laboratory = PromptLaboratory(tracking: tracking, files: files, clock: engines.clock)
        PromptLaboratoryRoutes(laboratory: laboratory).add(to: router)
        DeploymentsProxyRoutes(target: engines.configuration.deploymentsTarget).add(to: router)
    }
}
