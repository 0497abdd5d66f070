import Artifacts
import Database
import Foundation
package import Kernel
import Ledger
import ObjectStore
import Registry
import Tracking

/// Removes for good what is deleted and what nobody uses, on the database and the artifact store of a server, which may
/// be running.
///
/// Rows go first, in short transactions that note the folders of their files; then the files. So whatever interrupts it,
/// no row is left without its files, and the next collection takes the rest.
package struct GarbageCollection: Sendable {
    /// What to remove.
    package struct Request: Sendable {
        /// Only what was deleted at least so long ago, in milliseconds.
        package var olderThanMs: Int64 = 0
        /// Only files without an owner whose folder has been quiet so long, in milliseconds: an upload may be going on.
        package var graceMs: Int64 = 86_400_000
        /// The moment at which both are counted; nil for when it is done. What a person was shown is what goes then.
        package var asOf: Timestamp?
        /// Only these runs; nil for all.
        package var runIDs: [RunID]?
        /// Only these experiments, with what is in them; nil for all.
        package var experimentIDs: [ExperimentID]?
        /// Only these logged models; nil for all.
        package var loggedModelIDs: [LoggedModelID]?

        /// Everything that is deleted.
        package init() {}

        /// Whether only what is named is meant.
        var isNarrowed: Bool { runIDs != nil || experimentIDs != nil || loggedModelIDs != nil }
    }

    private static let pageMax = 100
    private static let recordedPageMax = 1000

    private let database: any SQLDatabase
    private let databaseURI: String
    private let activities: ActivityLog
    private let artifacts: ArtifactService
    private let tracking: TrackingService
    private let registry: RegistryService
    private let rules: PurgeRules
    private let clock: WallClock
    private let actor = Actor.local
    private let cachePath: String

    /// Opens what `martlet server` would open with the same configuration.
    ///
    /// - Throws: ``StartupError``; what a migration throws.
    package init(_ configuration: ServerConfiguration, clock: WallClock? = nil) async throws {
        let clock = clock ?? .system
        self.clock = clock
        cachePath = FileManager.default.temporaryDirectory.path + "/martlet-gc-\(UUID().uuidString)"
        let directory = try Self.directory(configuration)
        let root = try ArtifactRoot(configuration)
        let destination = try ArtifactDestination(configuration)
        let objects = try await destination.open(
            in: directory,
            clock: clock,
            cache: destination.isBucket ? ObjectCache(folder: cachePath) : nil
        )
        databaseURI = configuration.databaseURI
        database = try Engines.open(databaseURI)
        activities = ActivityLog(database: database, clock: clock)
        artifacts = ArtifactService(objects: objects, database: database, clock: clock)
        tracking = TrackingService(
            database: database,
            activities: activities,
            clock: clock,
            artifactRoot: root.uri,
            workingFolder: ArtifactRoot.workingFolder
        )
        let registry = RegistryService(
            database: database,
            tracking: tracking,
            artifacts: artifacts,
            activities: activities,
            clock: clock
        )
        self.registry = registry
        rules = PurgeRules(
            reasonsToKeep: { try registry.reasonsToKeep($0, on: $1) },
            ownFolder: { ArtifactLocation.ownFolder($0, root: root) }
        )
        do {
            try await database.migrate(
                LedgerSchema.migrations + ArtifactSchema.migrations + TrackingSchema.migrations
                    + RegistrySchema.migrations
            )
            // Versions of before say where their files are only from then on.
            try await registry.noteFoldersOfOlderVersions()
            guard try await artifacts.knowsStore() else {
                throw StartupError(
                    "None of the artifacts that the database knows of is in the artifact store. Say where the server "
                        + "keeps them, as it was told: --artifacts-destination"
                )
            }
        } catch {
            await close()
            throw error
        }
    }

    /// The moment that counts as now.
    package func now() -> Timestamp { clock.now() }

    /// Closes the database.
    package func close() async {
        await database.close()
        // There is none where artifacts are in a folder; one that stays is in the system's place for such things.
        _ = try? FileManager.default.removeItem(atPath: cachePath)
    }

    /// The data folder; where the database and the artifacts are elsewhere, it need not be there.
    private static func directory(_ configuration: ServerConfiguration) throws -> DataDirectory {
        let directory = DataDirectory(sharing: configuration.dataDirectory)
        let files = FileManager.default
        if configuration.backendStoreURI == nil, !files.fileExists(atPath: directory.databasePath) {
            throw StartupError(
                "There is no database in the data folder '\(directory.path)'. Say which the server has: --data-dir or "
                    + "--backend-store-uri"
            )
        }
        if configuration.artifactsDestination == nil, !files.fileExists(atPath: directory.artifactsPath) {
            throw StartupError(
                "There are no artifacts in the data folder '\(directory.path)'. Say where the server keeps them: "
                    + "--data-dir or --artifacts-destination"
            )
        }
        return directory
    }

    /// What ``collect(_:)`` would do now.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when something that is named is not deleted; ``DatabaseError``; what the
    ///   artifact store throws.
    package func survey(_ request: Request) async throws -> CollectionReport {
        try await run(request, by: nil)
    }

    /// Removes what `request` says. An import may not run at that time: what it brings back, or has yet to say who
    /// needs it, would be taken from it.
    ///
    /// - Throws: as ``survey(_:)``; ``StartupError`` beside an import. What was removed until then stays so, and the next
    ///   collection goes on from there.
    package func collect(_ request: Request) async throws -> CollectionReport {
        let refusal = StartupError("An import into this database is going on. Try again when it has ended.")
        return try await DatabaseHold.during(databaseURI, isShared: true, orElse: refusal) {
            try await run(request, by: actor)
        }
    }

    private func run(_ request: Request, by actor: Actor?) async throws -> CollectionReport {
        var report = CollectionReport(isDryRun: actor == nil)
        let now = request.asOf ?? clock.now()
        var selection = PurgeSelection(deletedUntil: now.advanced(byMilliseconds: -request.olderThanMs))
        if request.isNarrowed {
            selection.runIDs = request.runIDs ?? []
            selection.experimentIDs = request.experimentIDs ?? []
            selection.loggedModelIDs = request.loggedModelIDs ?? []
        }
        for missing in try await tracking.checkPurge(selection) { report.missing.add(missing.text) }
        try await purgeRows(selection, by: actor, &report)
        if !request.isNarrowed {
            let quiet = now.advanced(byMilliseconds: -request.graceMs)
            try await purgeOrphans(until: quiet, by: actor, &report)
            report.unfinishedUploads =
                actor == nil
                ? try await unfinishedUploads(before: quiet)
                : try await removeUnfinishedUploads(before: quiet)
        }
        guard let actor else {
            report.hasUnfinishedWork = try await tracking.hasPointsToPurge()
            try await eachPendingRemoval { folder in
                report.hasUnfinishedWork = true
                report.add(try await artifacts.volume(of: folder))
            }
            return report
        }
        while try await tracking.purgePoints() {}
        try await eachPendingRemoval { folder in
            report.add(try await artifacts.finishRemoval(of: folder, by: actor, in: activities))
        }
        return report
    }

    private func purgeRows(_ selection: PurgeSelection, by actor: Actor?, _ report: inout CollectionReport) async throws
    {
        // Models first: a run is not needed by one that is going too.
        var kept: [ExperimentID: String] = [:]
        var model: String? = ""
        while model != nil {
            let outcome = try await tracking.purgeLoggedModels(selection, rules, cursor: &model, by: actor)
            try await note(outcome, &report, &kept, by: actor)
        }
        var run: Int64? = 0
        while run != nil {
            let outcome = try await tracking.purgeRuns(selection, rules, cursor: &run, by: actor)
            try await note(outcome, &report, &kept, by: actor)
        }
        var trace: String? = ""
        while trace != nil {
            let outcome = try await tracking.purgeTraces(selection, rules, cursor: &trace, by: actor)
            try await note(outcome, &report, &kept, by: actor)
        }
        var experiment: Int64? = 0
        while experiment != nil {
            report.add(
                try await tracking.purgeExperiments(selection, keeping: kept, cursor: &experiment, by: actor)
            )
        }
    }

    /// Adds to the report, and where nothing is removed, how much would be and which experiments would stay.
    private func note(
        _ outcome: PurgeOutcome,
        _ report: inout CollectionReport,
        _ kept: inout [ExperimentID: String],
        by actor: Actor?
    ) async throws {
        report.add(outcome)
        guard actor == nil else { return }
        for (candidate, _) in outcome.kept {
            let what = candidate.id.kind.rawValue.replacing("_", with: " ")
            if let id = candidate.experimentID { kept[id] = "\(what) \(candidate.id.text) of it is kept" }
        }
        for folder in outcome.purged.compactMap(\.folder) { report.add(try await artifacts.volume(of: folder)) }
    }

    private func unfinishedUploads(before time: Timestamp) async throws -> Int {
        let inParts = try await MultipartUploadService(artifacts: artifacts).unfinished()
        return try await inParts + artifacts.objects.unfinishedUploads(before: time)
    }

    private func removeUnfinishedUploads(before time: Timestamp) async throws -> Int {
        let inParts = try await MultipartUploadService(artifacts: artifacts).removeUnfinished(before: time)
        return try await inParts + artifacts.objects.removeUnfinishedUploads(before: time)
    }

    /// Looks through what was uploaded for folders whose run, logged model or trace is gone.
    ///
    /// Files that were not, though somebody may have read them here, are not the server's to judge: another may share
    /// the store.
    private func purgeOrphans(until quiet: Timestamp, by actor: Actor?, _ report: inout CollectionReport) async throws {
        var last = ""
        var page: [RecordedFile] = []
        // A folder's files follow each other; the one that is being read is carried over to the next page.
        var open: (folder: OwnedFolder, newest: Timestamp)?
        var quietFolders: [OwnedFolder] = []
        repeat {
            page = try await artifacts.recorded(after: last, limit: Self.recordedPageMax)
            last = page.last?.key ?? last
            for file in page {
                guard let folder = OwnedFolder(of: file.key) else { continue }
                if let current = open, current.folder == folder {
                    open = (folder, max(current.newest, file.recordedAt))
                } else {
                    if let open, open.newest <= quiet { quietFolders.append(open.folder) }
                    open = (folder, file.recordedAt)
                }
            }
            if page.count < Self.recordedPageMax, let open, open.newest <= quiet { quietFolders.append(open.folder) }
            while quietFolders.count >= Self.pageMax || (page.count < Self.recordedPageMax && !quietFolders.isEmpty) {
                let some = Array(quietFolders.prefix(Self.pageMax))
                quietFolders.removeFirst(some.count)
                let outcome = try await tracking.purgeOrphans(some, rules, isDone: actor != nil)
                var ignored: [ExperimentID: String] = [:]
                try await note(outcome, &report, &ignored, by: actor)
            }
        } while page.count == Self.recordedPageMax
    }

    /// Folders that wait for their removal, also those that an earlier collection left.
    private func eachPendingRemoval(_ body: (ObjectKey) async throws -> Void) async throws {
        var last = ""
        while true {
            let folders = try await artifacts.pendingRemovals(after: last, limit: Self.pageMax)
            guard let newest = folders.last else { return }
            for folder in folders { try await body(folder) }
            last = newest.description
        }
    }
}
