import Artifacts
import Database
import Kernel
import Ledger
import ObjectStore
import Registry
import Synchronization
import TestSupport
import Testing
import Tracking

@testable import Server

@Suite("A prompt that can't be kept")
struct PromptLaboratoryFailureTests {
    @Test("is refused for what went wrong first, also where the run can't be marked as failed")
    func failureOfFailure() async throws {
        let migrations =
            LedgerSchema.migrations + ArtifactSchema.migrations + TrackingSchema.migrations + RegistrySchema.migrations
        try await withTemporaryFolder { folder in
            try await withTestDatabase(.sqlite, migrations: migrations) { database in
                let breakable = BreakableDatabase(database)
                let (tracking, laboratory) = try Self.rooms(breakable, in: folder)
                try await tracking.createDefaultExperiment()
                let writes = Mutex(0)
                // Only a block of numbers is taken and the run made.
                breakable.breaks {
                    writes.withLock { count in
                        count += 1
                        return count > 2
                    }
                }
                let error = await #expect(throws: MartletError.self) {
                    try await laboratory.keep(Self.trial, by: .local)
                }
                #expect(error?.message.contains("../up") == true, "\(String(describing: error))")
                #expect(writes.withLock { $0 } == 3)
                let search = RunSearch(experimentIDs: [ExperimentID(number: 0)])
                #expect(try await tracking.searchRuns(search).items.map(\.run.status) == [.running])
            }
        }
    }

    /// One whose setting has a name that can't be.
    private static var trial: PromptTrial {
        get throws {
            try PromptTrial(
                MLflowFields([
                    "experiment_id": "0", "mlflow_version": "3.18.0", "model_route": "chat",
                    "prompt_template": "Say {{ a }}", "model_input": "Say b",
                    "prompt_parameters": [["key": "a", "value": "b"]],
                    "model_parameters": [["key": "../up", "value": "1"]],
                ]),
                now: Timestamp(milliseconds: 0)
            )
        }
    }

    private static func rooms(_ database: any SQLDatabase, in folder: String) throws
        -> (TrackingService, PromptLaboratory)
    {
        let clock = ManualClock().clock
        let activities = ActivityLog(database: database, clock: clock)
        let objects = try LocalObjectStore(root: folder)
        let artifacts = ArtifactService(objects: objects, database: database, clock: clock)
        let tracking = TrackingService(
            database: database,
            activities: activities,
            clock: clock,
            artifactRoot: "mlflow-artifacts:"
        )
        let registry = RegistryService(
            database: database,
            tracking: tracking,
            artifacts: artifacts,
            activities: activities,
            clock: clock
        )
        let files = ArtifactWriter(
            artifacts: artifacts,
            root: ArtifactRoot(uri: "mlflow-artifacts:/"),
            registry: registry
        )
        return (tracking, PromptLaboratory(tracking: tracking, files: files, clock: clock))
    }
}
