import Artifacts
import Database
import Kernel
import Ledger
package import Logging
package import MLflowImport
import Registry
import Tracking
import Webhooks

/// The import of an MLflow into the data of a server that is not running.
package struct MLflowImportRun: Sendable {
    private let configuration: ServerConfiguration
    private let logger: Logger

    /// An import into the data that `configuration` names, which no server may hold at that time.
    package init(configuration: ServerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Imports the MLflow whose database is at `uri`; with `isPlan` only says what that would bring, and writes nothing
    /// but a new server's empty tables. `artifactRoot` is the folder of the artifacts that MLflow's server keeps.
    ///
    /// - Throws: ``StartupError``, also beside a garbage collection; ``ImportError``, ``DatabaseError``,
    ///   ``MartletError``.
    package func run(
        from uri: String,
        artifactRoot: String?,
        isPlan: Bool,
        progress: @escaping @Sendable (MLflowImporter.Progress) -> Void
    ) async throws -> ImportReport {
        let source = try await Self.source(uri)
        let engines = try await Engines(configuration, logger)
        let outcome: Result<ImportReport, any Error>
        do {
            let importer = try await MLflowImporter(
                from: source,
                to: try await Self.target(engines),
                artifactRoot: artifactRoot,
                progress: progress
            )
            let refusal = StartupError(
                "A garbage collection, or another import into this database, is going on. Try again when it has ended."
            )
            outcome = .success(
                isPlan
                    ? try await importer.plan()
                    : try await DatabaseHold.during(configuration.databaseURI, isShared: false, orElse: refusal) {
                        try await importer.run()
                    }
            )
        } catch {
            outcome = .failure(error)
        }
        await engines.close()
        await source.close()
        return try outcome.get()
    }

    private static func source(_ uri: String) async throws -> MLflowSource {
        let reader = try DatabaseReader(uri)
        do {
            return try await MLflowSource(reader)
        } catch {
            await reader.close()
            throw error
        }
    }

    private static func target(_ engines: Engines) async throws -> MLflowImporter.Target {
        let tracking = TrackingService(
            database: engines.database,
            activities: engines.activities,
            clock: engines.clock,
            artifactRoot: engines.artifactRoot.uri,
            workingFolder: ArtifactRoot.workingFolder
        )
        try await tracking.createDefaultExperiment()
        let artifacts = ArtifactService(objects: engines.objects, database: engines.database, clock: engines.clock)
        let registry = RegistryService(
            database: engines.database,
            tracking: tracking,
            artifacts: artifacts,
            activities: engines.activities,
            clock: engines.clock
        )
        return MLflowImporter.Target(
            database: engines.database,
            tracking: tracking,
            registry: registry,
            artifacts: artifacts,
            webhooks: WebhookAdmission(activities: engines.activities),
            activities: engines.activities,
            ownFolder: { [root = engines.artifactRoot] in ArtifactLocation.ownFolder($0, root: root) }
        )
    }
}
