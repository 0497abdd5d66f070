import Analytics
import Artifacts
import Database
import Gateway
import Governance
import Inference
import Kernel
import Ledger
import Logging
import Monitoring
import NativeLibraries
import ObjectStore
import Registry
import Serving
import Tracking
import Webhooks

/// The engines of one server, opened, with their schema up to date: what every service is built on.
struct Engines: Sendable {
    let configuration: ServerConfiguration
    let logger: Logger
    let clock = WallClock.system
    let database: any SQLDatabase
    let predictions: any SQLDatabase
    let objects: any ObjectStore
    /// What may be read of artifacts that clients keep themselves.
    let outside: OutsideSources
    let artifactRoot: ArtifactRoot
    let libraries: NativeLibraryCatalog
    let python: PythonRuntime?
    let activities: ActivityLog
    let secrets: SecretBox

    /// Opens what `configuration` names; native libraries wait for their first use.
    ///
    /// - Throws: ``StartupError``; what a migration throws.
    init(_ configuration: ServerConfiguration, _ logger: Logger) async throws {
        self.configuration = configuration
        self.logger = logger
        let directory = try DataDirectory(configuration.dataDirectory)
        secrets = try SecretKey.load(configuration.environment, in: directory)
        database = try Self.open(configuration.databaseURI)
        try await database.migrate(Self.schema)
        // On PostgreSQL the log lies beside the rest; on SQLite in a file of its own, so that neither waits for the other.
        let shared = configuration.backendStoreURI.flatMap { $0.hasPrefix("sqlite:") ? nil : $0 }
        predictions = try Self.open(shared ?? "sqlite:///" + directory.predictionsPath)
        try await predictions.migrate(ServingSchema.predictionMigrations)
        artifactRoot = try ArtifactRoot(configuration)
        let destination = try ArtifactDestination(configuration)
        let roots = try OutsideRoots(configuration, root: artifactRoot)
        // One for both: a process has the folder of copies to itself.
        let cache = destination.isBucket || roots.haveBuckets ? try ObjectCache(folder: directory.cachePath) : nil
        objects = try await destination.open(in: directory, clock: clock, cache: cache)
        outside = roots.sources(clock: clock, cache: cache)
        libraries = NativeLibraryCatalog(environment: configuration.environment)
        python = configuration.python.map { settings in
            PythonRuntime(
                settings,
                environment: configuration.environment,
                folder: directory.workersPath,
                logger: logger
            )
        }
        activities = ActivityLog(database: database, clock: clock)
    }

    /// All tables, room by room.
    private static let schema =
        LedgerSchema.migrations + ArtifactSchema.migrations + TrackingSchema.migrations + RegistrySchema.migrations
        + ServingSchema.migrations + MonitoringSchema.migrations + GovernanceSchema.migrations
        + GatewaySchema.migrations + WebhookSchema.migrations

    /// The database at `uri`.
    ///
    /// - Throws: ``StartupError`` when it can't be opened.
    static func open(_ uri: String) throws -> any SQLDatabase {
        do {
            return try DatabaseLocation.open(uri)
        } catch {
            throw StartupError("The database can't be opened: \(error.message)")
        }
    }

    /// Closes the databases.
    func close() async {
        await predictions.close()
        await database.close()
    }
}

extension ServerConfiguration {
    /// Where the metadata is.
    var databaseURI: String {
        backendStoreURI ?? "sqlite:///" + DataDirectory(sharing: dataDirectory).databasePath
    }

    /// The paths of what no folder may hold that callers read: the data folder, and the metadata where they are a file.
    var ownPaths: [String] { [dataDirectory] + (DatabaseLocation.file(databaseURI).map { [$0] } ?? []) }
}
