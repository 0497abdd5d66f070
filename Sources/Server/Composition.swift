import Database
import Glibc
import Hummingbird
import Kernel
import Ledger
import Logging
import ObjectStore
import ServiceLifecycle
import Tracking

/// The world of one server: every engine and service, each given what it needs.
struct Composition: Sendable {
    let database: any SQLDatabase
    let objects: LocalObjectStore
    let activities: ActivityLog
    let tracking: TrackingService

    /// Opens the engines, brings the schema up to date and builds the services.
    static func make(_ configuration: ServerConfiguration, _ logger: Logger) async throws -> Composition {
        let directory = try DataDirectory(configuration.dataDirectory)
        let clock = WallClock.system
        let database = try open(configuration.backendStoreURI ?? "sqlite:///" + directory.databasePath)
        try await database.migrate(LedgerSchema.migrations + TrackingSchema.migrations)
        let activities = ActivityLog(database: database, clock: clock)
        let tracking = TrackingService(
            database: database,
            activities: activities,
            clock: clock,
            artifactRoot: "mlflow-artifacts:"
        )
        try await tracking.createDefaultExperiment()
        return Composition(
            database: database,
            objects: try LocalObjectStore(root: directory.artifactsPath),
            activities: activities,
            tracking: tracking
        )
    }

    private static func open(_ uri: String) throws -> any SQLDatabase {
        do {
            return try DatabaseLocation.open(uri)
        } catch {
            throw StartupError("The database can't be opened: \(error.message)")
        }
    }

    /// What runs in the background, in the order in which it starts.
    func services(_ logger: Logger) -> [any Service] {
        [ActivitySealer(log: activities, logger: logger)]
    }

    /// Closes the databases, after everything that uses them has stopped.
    func close() async {
        await database.close()
    }

    /// All routes.
    func router() -> Router<MartletContext> {
        let router = Router(context: MartletContext.self)
        router.add(middleware: ErrorMiddleware())
        router.add(middleware: GuardMiddleware(allowedHosts: []))
        let artifacts = ArtifactRoutes(objects: objects, tracking: tracking)
        for prefix in ["api", "ajax-api"] {
            for version in ["2.0", "3.0"] {
                let group = router.group("\(prefix)/\(version)/mlflow")
                ExperimentRoutes(tracking: tracking).add(to: group)
                RunRoutes(tracking: tracking).add(to: group)
                MetricRoutes(tracking: tracking).add(to: group)
                LoggedModelRoutes(tracking: tracking).add(to: group)
                artifacts.addLists(to: group)
                artifacts.addProxy(to: router.group("\(prefix)/\(version)/mlflow-artifacts"))
            }
        }
        artifacts.addDownloads(to: router)
        HealthRoutes(checkReady: { _ = try await activities.lastSequence() }).add(to: router)
        ActivityRoutes(activities: activities).add(to: router)
        EventRoutes(activities: activities, tracking: tracking).add(to: router)
        OpenAPIRoutes().add(to: router)
        WebRoutes().add(to: router)
        return router
    }
}
