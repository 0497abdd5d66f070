import Analytics
import Artifacts
import Gateway
import Governance
import Inference
import Kernel
import Ledger
import Monitoring
import ObjectStore
import Outbound
import Registry
import ServiceLifecycle
import Serving
import Tracking
import Webhooks

/// The world of one server: every service, each given what it needs.
struct Composition: Sendable {
    let engines: Engines
    let artifacts: ArtifactService
    let uploads: MultipartUploadService
    let tracking: TrackingService
    let registry: RegistryService
    let serving: ServingService
    let monitoring: MonitoringService
    let tokens: AccessTokenService
    let webhooks: WebhookService
    let gateway: GatewayService
    let scorers: ScorerService
    /// The MLflow server that answers in this one's place; nil where this one does.
    let external: ExternalMLflow?
    let graphQLLimits: GraphQLLimits
    let requests = RequestMetrics()
    let publicAddress: PublicAddress
    private let capture: ReferenceCapture

    /// Builds the services over `engines`.
    ///
    /// - Throws: ``StartupError`` for an address that is none; ``DatabaseError``; an error when the system gives no threads.
    init(_ engines: Engines) async throws {
        self.engines = engines
        publicAddress = try PublicAddress(engines.configuration.publicURL)
        external = try engines.configuration.externalMLflow.map {
            try ExternalMLflow($0, environment: engines.configuration.environment)
        }
        graphQLLimits = try GraphQLLimits(environment: engines.configuration.environment)
        artifacts = ArtifactService(objects: engines.objects, database: engines.database, clock: engines.clock)
        uploads = MultipartUploadService(artifacts: artifacts)
        tracking = TrackingService(
            database: engines.database,
            activities: engines.activities,
            clock: engines.clock,
            artifactRoot: engines.artifactRoot.uri,
            workingFolder: ArtifactRoot.workingFolder
        )
        try await tracking.createDefaultExperiment()
        let (versions, registered) = ReferenceCapture.queue()
        registry = RegistryService(
            database: engines.database,
            tracking: tracking,
            artifacts: artifacts,
            activities: engines.activities,
            clock: engines.clock,
            outside: engines.outside,
            onVersionCreated: { version in
                guard MonitoringSources.mayHaveReference(version) else { return }
                registered.yield(MonitoringSources.monitored(version))
            }
        )
        try await registry.noteFoldersOfOlderVersions()
        let references = Self.references(engines, artifacts, tracking, registry)
        let find = VersionFetcher.finder(from: external, into: registry, artifacts)
        serving = try Self.serving(engines, registry, references, find)
        monitoring = Self.monitoring(engines, references, registry, serving)
        tokens = AccessTokenService(
            database: engines.database,
            activities: engines.activities,
            clock: engines.clock
        )
        webhooks = WebhookService(
            database: engines.database,
            activities: engines.activities,
            http: OutboundHTTP(
                schemes: engines.configuration.webhookSchemes,
                allowsPrivate: engines.configuration.allowsPrivateWebhooks
            ),
            secrets: engines.secrets,
            clock: engines.clock
        )
        gateway = Self.gateway(engines, tracking)
        scorers = ScorerService(
            database: engines.database,
            activities: engines.activities,
            endpoints: gateway.scorerEndpoints,
            clock: engines.clock
        )
        capture = ReferenceCapture(monitoring: monitoring, versions: versions, logger: engines.logger)
    }

    /// Whether anybody may call: somebody without a token, or a user who has one.
    ///
    /// - Throws: ``DatabaseError``.
    func hasSomebodyToAnswer() async throws -> Bool {
        guard engines.configuration.anonymousActor == nil else { return true }
        return try await tokens.hasTokens()
    }

    private static func serving(
        _ engines: Engines,
        _ registry: RegistryService,
        _ references: ReferenceFiles,
        _ find: @escaping ServingService.VersionFinder
    ) throws -> ServingService {
        try ServingService(
            database: engines.database,
            registry: registry,
            engines: ServingService.Engines(
                runtime: InferenceRuntime(libraries: engines.libraries, limits: engines.configuration.runLimits),
                executor: try .forServer(),
                python: engines.python,
                cache: ResultCache(bytesMax: engines.configuration.resultCacheBytes)
            ),
            log: PredictionLog(database: engines.predictions, logger: engines.logger),
            activities: engines.activities,
            clock: engines.clock,
            defaultEndpoint: engines.configuration.defaultEndpoint,
            limits: engines.configuration.predictionLimits,
            samples: MonitoringSources.samples(references, registry),
            find: find,
            logger: engines.logger
        )
    }

    private static func references(
        _ engines: Engines,
        _ artifacts: ArtifactService,
        _ tracking: TrackingService,
        _ registry: RegistryService
    ) -> ReferenceFiles {
        ReferenceFiles(
            registry: registry,
            tracking: tracking,
            artifacts: artifacts,
            analytics: AnalyticsDatabase(libraries: engines.libraries, folders: [engines.objects.localRoot])
        )
    }

    private static func monitoring(
        _ engines: Engines,
        _ references: ReferenceFiles,
        _ registry: RegistryService,
        _ serving: ServingService
    ) -> MonitoringService {
        MonitoringService(
            database: engines.database,
            activities: engines.activities,
            clock: engines.clock,
            reference: { try await references.table(of: $0) },
            current: MonitoringSources.current(of: serving, registry)
        )
    }

    private static func gateway(_ engines: Engines, _ tracking: TrackingService) -> GatewayService {
        GatewayService(
            database: engines.database,
            activities: engines.activities,
            tracking: tracking,
            http: OutboundHTTP(
                schemes: engines.configuration.gatewaySchemes,
                allowsPrivate: engines.configuration.allowsPrivateGateways
            ),
            secrets: engines.secrets,
            passphrase: engines.configuration.gatewayPassphrase,
            clock: engines.clock
        )
    }

    /// What runs in the background, in the order in which it starts.
    var services: [any Service] {
        let sweeper = engines.configuration.predictionDays.map { days in
            PredictionSweeper(log: serving.log, days: days, clock: engines.clock, logger: engines.logger)
        }
        return [
            ActivitySealer(log: engines.activities, logger: engines.logger),
            serving.log,
            serving.shadows,
            RolloutKeeper(serving: serving, logger: engines.logger),
            capture,
            VersionPinner(registry: registry, logger: engines.logger),
            WebhookSender(webhooks: webhooks, logger: engines.logger),
            UploadSweeper(uploads: uploads, logger: engines.logger),
            BackgroundTask(atStart: { try await serving.restore() }),
            // Apart from the one before, which may be in the middle of starting some.
            BackgroundTask(atEnd: { await serving.endWorkers() }),
        ] + (sweeper.map { [$0] } ?? [])
    }

    /// Ends the answers that go on for as long as somebody listens.
    var endlessAnswers: any Service {
        BackgroundTask(atEnd: {
            engines.activities.sealed.finish()
            tracking.metricAppends.finish()
        })
    }
}
