import Artifacts
import Database
import Kernel
import Ledger
import NIOCore
import ObjectStore
import Registry
import Synchronization
import TestSupport
import Tracking

/// The tags of things, which Swift Testing has too for its own.
typealias Tag = Tracking.Tag

/// A registry on a fresh database with a folder of artifacts, and the rooms to its left.
struct RegistryWorld: Sendable {
    let database: any SQLDatabase
    let artifacts: LocalObjectStore
    let activities: ActivityLog
    let tracking: TrackingService
    let registry: RegistryService
    let clock: ManualClock
    let actor = Actor(name: "ada")
    private let created: Created

    /// The versions that the registry told of, in the order in which it did.
    var toldOf: [String] { created.subjects.withLock { $0 } }

    private final class Created: Sendable {
        let subjects = Mutex<[String]>([])
    }

    init(database: any SQLDatabase, folder: String, outside: OutsideSources = OutsideSources()) throws {
        let clock = ManualClock()
        let created = Created()
        self.database = database
        self.clock = clock
        self.created = created
        artifacts = try LocalObjectStore(root: folder)
        activities = ActivityLog(database: database, clock: clock.clock)
        tracking = TrackingService(
            database: database,
            activities: activities,
            clock: clock.clock,
            artifactRoot: "mlflow-artifacts:"
        )
        registry = RegistryService(
            database: database,
            tracking: tracking,
            artifacts: ArtifactService(objects: artifacts, database: database, clock: clock.clock),
            activities: activities,
            clock: clock.clock,
            outside: outside,
            onVersionCreated: { version in created.subjects.withLock { $0.append(version.subject.id) } }
        )
    }
}

/// Runs `test` in a fresh world on `backend`, whose registry may read in `outside`.
func withRegistry(
    _ backend: DatabaseBackend,
    outside: OutsideSources = OutsideSources(),
    _ test: (RegistryWorld) async throws -> Void
) async throws {
    let migrations =
        LedgerSchema.migrations + ArtifactSchema.migrations + TrackingSchema.migrations + RegistrySchema.migrations
    try await withTemporaryFolder { folder in
        try await withTestDatabase(backend, migrations: migrations) { database in
            let world = try RegistryWorld(database: database, folder: folder, outside: outside)
            try await world.tracking.createDefaultExperiment()
            try await test(world)
        }
    }
}

extension RegistryWorld {
    /// Makes a registered model with `count` versions, a second apart.
    func makeModel(_ name: String, versions count: Int = 0, tags: [Tag] = []) async throws {
        _ = try await registry.createModel(NewRegisteredModel(name: name, tags: tags), by: actor)
        for _ in 0..<count { _ = try await makeVersion(name) }
    }

    @discardableResult
    func makeVersion(
        _ name: String,
        source: String = "s3://bucket/model",
        runID: RunID? = nil,
        tags: [Tag] = [],
        loggedModelID: LoggedModelID? = nil
    ) async throws -> ModelVersion {
        clock.advance(byMilliseconds: 1000)
        let new = NewModelVersion(
            modelName: name,
            source: source,
            runID: runID,
            tags: tags,
            loggedModelID: loggedModelID
        )
        return try await registry.createVersion(new, by: actor)
    }

    func makeRun() async throws -> Run {
        try await tracking.createRun(NewRun(experimentID: ExperimentID(number: 0)), by: actor).run
    }

    func makeLoggedModel(by run: Run?) async throws -> LoggedModel {
        try await tracking.createLoggedModel(
            NewLoggedModel(
                experimentID: ExperimentID(number: 0),
                name: "model",
                modelType: "",
                sourceRunID: run?.id,
                params: [],
                tags: []
            )
        )
    }

    /// Puts a file where the artifact proxy would put it for `uri`.
    func put(_ text: String, at uri: String) async throws {
        let key = try ObjectKey(String(uri.dropFirst("mlflow-artifacts:/".count)))
        let body = AsyncStream { continuation in
            continuation.yield(ByteBuffer(string: text))
            continuation.finish()
        }
        try await artifacts.put(key, from: body)
    }

    func stages(of name: String) async throws -> [Int: String] {
        let page = try await registry.searchVersions(RegistryQuery(filter: "name = '\(name)'", limit: 100))
        return Dictionary(uniqueKeysWithValues: page.items.map { ($0.number, $0.stage.rawValue) })
    }

    /// The actions on `subject` and their details, oldest first.
    func trace(of subject: Subject) async throws -> [String] {
        while try await activities.seal() {}
        return try await activities.activities(after: 0, limit: 1000)
            .filter { $0.subject == subject }
            .map { "\($0.action) \(JSON.object($0.details).text)" }
    }
}

extension Error {
    /// The error as the caller sees it: code and message.
    var told: String {
        (self as? MartletError)?.description ?? "not a MartletError: \(self)"
    }
}

/// The error of `body` as the caller sees it.
func refusal(_ body: () async throws -> Void) async -> String {
    do {
        try await body()
        return "nothing was refused"
    } catch {
        return error.told
    }
}
