import Artifacts
import Database
import Kernel
import Ledger
import NIOCore
import ObjectStore
import Registry
import TestSupport
import Tracking

/// Removing for good, with what the registry needs.
extension RegistryWorld {
    var artifactService: ArtifactService {
        ArtifactService(objects: artifacts, database: database, clock: clock.clock)
    }

    var rules: PurgeRules {
        PurgeRules(
            reasonsToKeep: { [registry] in try registry.reasonsToKeep($0, on: $1) },
            ownFolder: { uri in
                guard uri.hasPrefix("mlflow-artifacts:/") else { return nil }
                return try? ObjectKey(String(uri.dropFirst("mlflow-artifacts:/".count)))
            }
        )
    }

    var everything: PurgeSelection { PurgeSelection(deletedUntil: clock.now()) }

    /// Removes the rows of what is deleted; answers what went, and what stayed with its reason.
    @discardableResult
    func purge(_ selection: PurgeSelection? = nil, by actor: Actor? = .local) async throws -> (
        gone: [String], kept: [String]
    ) {
        let selection = selection ?? everything
        var outcomes: [PurgeOutcome] = []
        var model: String? = ""
        while model != nil {
            outcomes.append(try await tracking.purgeLoggedModels(selection, rules, cursor: &model, by: actor))
        }
        var run: Int64? = 0
        while run != nil { outcomes.append(try await tracking.purgeRuns(selection, rules, cursor: &run, by: actor)) }
        var trace: String? = ""
        while trace != nil {
            outcomes.append(try await tracking.purgeTraces(selection, rules, cursor: &trace, by: actor))
        }
        var number: Int64? = 0
        while number != nil {
            outcomes.append(try await tracking.purgeExperiments(selection, keeping: [:], cursor: &number, by: actor))
        }
        if actor != nil { while try await tracking.purgePoints() {} }
        return (
            outcomes.flatMap(\.purged).map { "\($0.id.kind.rawValue) \($0.id.text)" },
            outcomes.flatMap(\.kept).map { "\($0.candidate.id.kind.rawValue) \($0.candidate.id.text): \($0.reason)" }
        )
    }

    /// Removes the files that wait for it.
    func removeFiles() async throws {
        for folder in try await artifactService.pendingRemovals(after: "", limit: 1000) {
            _ = try await artifactService.finishRemoval(of: folder, by: .local, in: activities)
        }
    }

    /// Puts a file as an upload does, compared with the pins and its digest recorded; the store does what `hold` says at
    /// its moments.
    func upload(
        _ text: String,
        at uri: String,
        holding hold: @escaping @Sendable (HeldObjectStore.Moment, ObjectKey) async throws -> Void = { _, _ in }
    ) async throws {
        let body = AsyncStream { continuation in
            continuation.yield(ByteBuffer(string: text))
            continuation.finish()
        }
        let key = try ObjectKey(String(uri.dropFirst("mlflow-artifacts:/".count)))
        try await held(hold).put(key, from: body) { [registry] digest, connection in
            try registry.checkOverwriting(key, with: digest, on: connection)
        }
    }

    /// The artifacts, whose store does what `hold` says at its moments.
    func held(
        _ hold: @escaping @Sendable (HeldObjectStore.Moment, ObjectKey) async throws -> Void
    ) -> ArtifactService {
        ArtifactService(objects: HeldObjectStore(artifacts, hold), database: database, clock: clock.clock)
    }

    func exists(_ uri: String) async throws -> Bool {
        try await artifacts.exists(ObjectKey(String(uri.dropFirst("mlflow-artifacts:/".count))))
    }

    /// How many rows the tables of runs, logged models, traces and what they carry have, by table; none for empty ones.
    func rowCounts() async throws -> [String: Int64] {
        try await database.read { connection in
            let counts = try connection.query(
                """
                SELECT 'runs', COUNT(*) FROM runs UNION ALL SELECT 'run_params', COUNT(*) FROM run_params
                UNION ALL SELECT 'run_tags', COUNT(*) FROM run_tags
                UNION ALL SELECT 'metric_points', COUNT(*) FROM metric_points
                UNION ALL SELECT 'metric_chunks', COUNT(*) FROM metric_chunks
                UNION ALL SELECT 'latest_metrics', COUNT(*) FROM latest_metrics
                UNION ALL SELECT 'run_datasets', COUNT(*) FROM run_datasets
                UNION ALL SELECT 'run_dataset_inputs', COUNT(*) FROM run_dataset_inputs
                UNION ALL SELECT 'run_models', COUNT(*) FROM run_models
                UNION ALL SELECT 'logged_models', COUNT(*) FROM logged_models
                UNION ALL SELECT 'logged_model_tags', COUNT(*) FROM logged_model_tags
                UNION ALL SELECT 'logged_model_params', COUNT(*) FROM logged_model_params
                UNION ALL SELECT 'logged_model_metrics', COUNT(*) FROM logged_model_metrics
                UNION ALL SELECT 'traces', COUNT(*) FROM traces
                UNION ALL SELECT 'trace_tags', COUNT(*) FROM trace_tags
                UNION ALL SELECT 'trace_metadata', COUNT(*) FROM trace_metadata
                UNION ALL SELECT 'trace_assessments', COUNT(*) FROM trace_assessments
                UNION ALL SELECT 'trace_runs', COUNT(*) FROM trace_runs
                UNION ALL SELECT 'purged_runs', COUNT(*) FROM purged_runs
                UNION ALL SELECT 'artifact_removals', COUNT(*) FROM artifact_removals
                UNION ALL SELECT 'artifact_digests', COUNT(*) FROM artifact_digests
                """,
                []
            ) { row in (try row.text(0), try row.integer(1)) }
            return Dictionary(uniqueKeysWithValues: counts).filter { $0.value > 0 }
        }
    }
}
