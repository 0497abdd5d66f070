package import Artifacts
package import Database
import Kernel
package import Ledger
package import ObjectStore
package import Registry
package import Tracking
package import Webhooks

/// Brings an MLflow along: everything that Martlet has a place for, with its ids and times, and a comparison of both
/// sides at the end.
///
/// What is written, and how far that is, go into one transaction, page by page; so an import that was ended at any
/// moment goes on where it was, and one that is begun again adds what is missing and changes nothing else. Memory holds
/// a page of rows, up to a million points of one run or one metric of it, the spans of one trace, and the places of the
/// experiments.
package struct MLflowImporter: Sendable {
    /// Where to.
    package struct Target: Sendable {
        let database: any SQLDatabase
        let tracking: TrackingService
        let registry: RegistryService
        let artifacts: ArtifactService
        let webhooks: WebhookAdmission
        let activities: ActivityLog
        let ownFolder: @Sendable (String) -> ObjectKey?

        /// The rooms over `database` and `artifacts`; `ownFolder` gives the key of an artifact URI in the server's own
        /// store, nil when it lies elsewhere.
        package init(
            database: any SQLDatabase,
            tracking: TrackingService,
            registry: RegistryService,
            artifacts: ArtifactService,
            webhooks: WebhookAdmission,
            activities: ActivityLog,
            ownFolder: @escaping @Sendable (String) -> ObjectKey?
        ) {
            self.database = database
            self.tracking = tracking
            self.registry = registry
            self.artifacts = artifacts
            self.webhooks = webhooks
            self.activities = activities
            self.ownFolder = ownFolder
        }
    }

    /// What is at work, and how much of it is done.
    package struct Progress: Sendable {
        /// The kind, and whether it is written or compared.
        package let step: String
        /// Rows or files so far in this attempt.
        package let count: Int
    }

    let source: MLflowSource
    let target: Target
    let store: ImportStore
    /// The folder of the artifacts that MLflow's server keeps, nil when nobody said.
    let artifactRoot: String?
    let folders = OutsideFolders()
    let report: @Sendable (Progress) -> Void

    /// An import from `source` into `target`, whose tables are made when missing.
    ///
    /// - Throws: ``DatabaseError``.
    package init(
        from source: MLflowSource,
        to target: Target,
        artifactRoot: String?,
        progress: @escaping @Sendable (Progress) -> Void
    ) async throws {
        self.source = source
        self.target = target
        self.artifactRoot = artifactRoot
        store = ImportStore(source: source.identity)
        report = progress
        try await target.database.migrate(ImportSchema.migrations)
    }

    /// Counts what there is and what it would collide with; writes nothing.
    ///
    /// - Throws: ``ImportError`` for a collision; ``DatabaseError``.
    package func plan() async throws -> ImportReport {
        try await checkConflicts()
        var result = ImportReport(isPlan: true)
        try await compare(into: &result, countingOnly: true)
        result.leftOut = try await leftOut()
        return result
    }

    /// Brings everything over, and compares.
    ///
    /// - Throws: ``ImportError`` for a collision, before anything is written; ``DatabaseError``; ``MartletError``.
    package func run() async throws -> ImportReport {
        try await checkConflicts()
        // MLflow may have run since an attempt that was ended, and what that attempt has yet to bring may belong to
        // something new.
        try await target.database.write { [store] connection in
            try store.forgetCursors(of: ImportKind.allCases.filter(\.isReferredTo), on: connection)
        }
        try await copyTracking()
        try await copyLoggedModels()
        try await copyTraces()
        try await copyArtifacts()
        try await copySpans()
        try await copyRegistry()
        try await copyWebhooks()
        try await finish()
        var result = ImportReport(isPlan: false)
        try await compare(into: &result, countingOnly: false)
        result.leftOut = try await leftOut()
        return result
    }

    private func finish() async throws {
        let activity = NewActivity(
            .local,
            "mlflow.imported",
            Subject("mlflow", source.identity),
            topics: ["experiments", "models"]
        )
        try await target.database.write { [store, activities = target.activities] connection in
            try store.forgetCursors(on: connection)
            try activities.record(activity, on: connection)
        }
    }

    /// Copies a table page by page from where the last attempt stopped. `prepare` turns a page into what writes it, in
    /// the transaction that also notes how far this is.
    func copy(
        _ kind: ImportKind,
        _ table: SourceTable?,
        limit: Int = MLflowSource.pageRowsMax,
        prepare: ([SourceRow]) async throws -> @Sendable (any SQLConnection) throws -> Void
    ) async throws {
        guard let table else { return }
        let name = kind.rawValue
        guard let start = try await cursor(name) else { return }
        var count = 0
        let reader = SourceReader(database: source.database, table: table)
        try await reader.forEachPage(after: start, limit: limit) { rows in
            guard let last = rows.last else { return }
            let write = try await prepare(rows)
            try await target.database.write { [store] connection in
                try write(connection)
                try store.setCursor(name, SourceCursor(after: table.key(of: last)), on: connection)
            }
            count += rows.count
            report(Progress(step: name, count: count))
        }
        try await target.database.write { [store] in try store.setCursor(name, nil, on: $0) }
    }

    func cursor(_ name: String) async throws -> SourceCursor? {
        try await target.database.read { [store] in try store.cursor(name, on: $0) }
    }
}
