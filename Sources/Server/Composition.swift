import Analytics
import Database
import Glibc
import Hummingbird
import Inference
import Kernel
import Ledger
import Logging
import Monitoring
import NativeLibraries
import ObjectStore
import Registry
import ServiceLifecycle
import Serving
import Tracking

/// The world of one server: every engine and service, each given what it needs.
struct Composition: Sendable {
    let database: any SQLDatabase
    let objects: LocalObjectStore
    let activities: ActivityLog
    let tracking: TrackingService
    let registry: RegistryService
    let serving: ServingService
    let monitoring: MonitoringService
    let capture: ReferenceCapture
    let predictions: any SQLDatabase
    let requests = RequestMetrics()
    let allowedHosts: [String]

    /// Opens the engines, brings the schema up to date and builds the services.
    static func make(_ configuration: ServerConfiguration, _ logger: Logger) async throws -> Composition {
        let directory = try DataDirectory(configuration.dataDirectory)
        let clock = WallClock.system
        let database = try open(configuration.backendStoreURI ?? "sqlite:///" + directory.databasePath)
        try await database.migrate(schema)
        let activities = ActivityLog(database: database, clock: clock)
        let tracking = TrackingService(
            database: database,
            activities: activities,
            clock: clock,
            artifactRoot: "mlflow-artifacts:"
        )
        try await tracking.createDefaultExperiment()
        let libraries = NativeLibraryCatalog(environment: configuration.environment)
        let objects = try LocalObjectStore(root: directory.artifactsPath)
        let (versions, registered) = ReferenceCapture.queue()
        let registry = RegistryService(
            database: database,
            tracking: tracking,
            artifacts: objects,
            activities: activities,
            clock: clock,
            onVersionCreated: { version in registered.yield(MonitoringSources.monitored(version)) }
        )
        // On PostgreSQL the log lies beside the rest; on SQLite in a file of its own, so that neither waits for the other.
        let shared = configuration.backendStoreURI.flatMap { $0.hasPrefix("sqlite:") ? nil : $0 }
        let predictions = try open(shared ?? "sqlite:///" + directory.predictionsPath)
        try await predictions.migrate(ServingSchema.predictionMigrations)
        let serving = try ServingService(
            database: database,
            registry: registry,
            engines: ServingService.Engines(
                artifacts: objects,
                runtime: InferenceRuntime(libraries: libraries),
                executor: try InferenceExecutor(threads: 2)
            ),
            log: PredictionLog(database: predictions, logger: logger),
            activities: activities,
            clock: clock,
            defaultEndpoint: configuration.defaultEndpoint,
            logger: logger
        )
        let references = ReferenceFiles(
            registry: registry,
            tracking: tracking,
            artifacts: objects,
            analytics: AnalyticsDatabase(libraries: libraries, folders: [try await objects.localPath(.root)])
        )
        let monitoring = MonitoringService(
            database: database,
            activities: activities,
            clock: clock,
            reference: { try await references.table(of: $0) },
            current: MonitoringSources.current(of: serving, registry)
        )
        return Composition(
            database: database,
            objects: objects,
            activities: activities,
            tracking: tracking,
            registry: registry,
            serving: serving,
            monitoring: monitoring,
            capture: ReferenceCapture(monitoring: monitoring, versions: versions, logger: logger),
            predictions: predictions,
            allowedHosts: configuration.allowedHosts
        )
    }

    /// All tables, room by room.
    private static let schema =
        LedgerSchema.migrations + TrackingSchema.migrations + RegistrySchema.migrations + ServingSchema.migrations
        + MonitoringSchema.migrations

    private static func open(_ uri: String) throws -> any SQLDatabase {
        do {
            return try DatabaseLocation.open(uri)
        } catch {
            throw StartupError("The database can't be opened: \(error.message)")
        }
    }

    /// What runs in the background, in the order in which it starts.
    func services(_ logger: Logger) -> [any Service] {
        [
            ActivitySealer(log: activities, logger: logger),
            serving.log,
            capture,
            BackgroundTask { try await serving.restore() },
        ]
    }

    /// Closes the databases, after everything that uses them has stopped.
    func close() async {
        await predictions.close()
        await database.close()
    }

    /// All routes.
    func router() -> Router<MartletContext> {
        let router = Router(context: MartletContext.self)
        router.add(middleware: RequestMetricsMiddleware(metrics: requests))
        router.add(middleware: ErrorMiddleware())
        router.add(middleware: GuardMiddleware(allowedHosts: allowedHosts))
        let artifacts = ArtifactRoutes(objects: objects, tracking: tracking)
        for prefix in ["api", "ajax-api"] {
            for version in ["2.0", "3.0"] {
                let group = router.group("\(prefix)/\(version)/mlflow")
                ExperimentRoutes(tracking: tracking).add(to: group)
                RunRoutes(tracking: tracking).add(to: group)
                MetricRoutes(tracking: tracking).add(to: group)
                LoggedModelRoutes(tracking: tracking).add(to: group)
                RegistryRoutes(registry: registry).add(to: group)
                artifacts.addLists(to: group)
                artifacts.addProxy(to: router.group("\(prefix)/\(version)/mlflow-artifacts"))
            }
        }
        artifacts.addDownloads(to: router)
        HealthRoutes(checkReady: { _ = try await activities.lastSequence() }).add(to: router)
        ActivityRoutes(activities: activities).add(to: router)
        EventRoutes(activities: activities, tracking: tracking).add(to: router)
        EndpointRoutes(serving: serving).add(to: router)
        PredictRoutes(serving: serving).add(to: router)
        InvocationRoutes(serving: serving).add(to: router)
        InferenceProtocolRoutes(serving: serving).add(to: router)
        MonitoringRoutes(monitoring: monitoring).add(to: router)
        PredictionLogRoutes(log: serving.log).add(to: router)
        MetricsRoutes(requests: requests, writeRooms: { $0.serving(serving.metrics()) }).add(to: router)
        OpenAPIRoutes().add(to: router)
        WebRoutes().add(to: router)
        return router
    }
}
