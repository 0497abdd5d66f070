import Analytics
import Artifacts
import Database
import Foundation
import Kernel
import Ledger
import Monitoring
import NIOCore
import NativeLibraries
import ObjectStore
import Registry
import TestSupport
import Testing
import Tracking

@Suite("A reference that a client logged")
struct ReferenceFilesTests {
    private static let signature = """
        signature:
          inputs: '[{"type": "double", "name": "amount", "required": true}, {"type": "string", "name": "city",
            "required": true}, {"type": "boolean", "name": "night", "required": true}]'
        """
    private static let csv =
        "city,amount,night,label\n" + (0..<40).map { "c\($0 % 3),\($0).5,\($0 % 2 == 0),1\n" }.joined()

    @Test("beside the model is read, the columns of the signature only, by their kinds")
    func besideModel() async throws {
        try await withFiles { world in
            let version = try await world.makeVersion(["MLmodel": Self.signature, "martlet/reference.csv": Self.csv])
            let table = try #require(try await world.files.table(of: MonitoredVersion(version)))
            #expect(table.rowCount == 40 && table.columns.map(\.name) == ["city", "amount", "night"])
            guard case .texts(let cities) = table.columns[0].values,
                case .numbers(let amounts) = table.columns[1].values,
                case .texts(let nights) = table.columns[2].values
            else {
                Issue.record("other kinds: \(table.columns.map(\.values))")
                return
            }
            #expect(cities[4] == "c1" && amounts[4] == 4.5 && nights[4] == "true")
        }
    }

    @Test("as Parquet goes before CSV, and is bounded")
    func parquet() async throws {
        try await withFiles { world in
            let count = SampleTable.rowsMax + 500
            let values = (0..<count).map { Double($0) }
            let table = Table(columns: [Column(name: "amount", values: .doubles(values), missing: [7])])
            let version = try await world.makeVersion(["MLmodel": Self.signature, "martlet/reference.csv": Self.csv])
            let key = try await world.registry.folder(of: version).key(of: "martlet")
            let folder = try await world.artifacts.localPath(key)
            try await world.analytics.writeParquet(table, to: folder + "/reference.parquet")
            let read = try #require(try await world.files.table(of: MonitoredVersion(version)))
            #expect(read.rowCount == SampleTable.rowsMax && read.columns.map(\.name) == ["amount"])
        }
    }

    @Test("with the run is read when the model has none")
    func besideRun() async throws {
        try await withFiles { world in
            let version = try await world.makeVersion(["MLmodel": Self.signature])
            let run = try await world.tracking.run(try #require(version.runID))
            #expect(try await world.files.table(of: MonitoredVersion(version)) == nil)
            try await world.put(Self.csv, at: run.artifactURI + "/martlet/reference.csv")
            #expect(try await world.files.table(of: MonitoredVersion(version))?.rowCount == 40)
        }
    }

    @Test("that can't be used is refused with what would be right")
    func refusals() async throws {
        try await withFiles { world in
            let damaged = try await world.makeVersion([
                "MLmodel": Self.signature, "martlet/reference.parquet": "PAR1 is only how it begins",
            ])
            let unreadable = try await failure { try await world.files.table(of: MonitoredVersion(damaged)) }
            #expect(unreadable.code == .invalidParameterValue && unreadable.message.contains("not a Parquet file"))
            let other = try await world.makeVersion(["MLmodel": Self.signature, "martlet/reference.csv": "a,b\n1,2\n"])
            let foreign = try await failure { try await world.files.table(of: MonitoredVersion(other)) }
            #expect(foreign.code == .invalidParameterValue)
            #expect(foreign.message.contains("amount, city, night"))
        }
    }

    @Test("is compared with what the endpoint was asked")
    func endToEnd() async throws {
        try await withFiles { world in
            let version = try await world.makeVersion(["MLmodel": Self.signature, "martlet/reference.csv": Self.csv])
            let files = world.files
            let service = MonitoringService(
                database: world.database,
                activities: world.activities,
                clock: world.clock.clock,
                reference: { try await files.table(of: $0) },
                current: { _, _ in
                    CurrentWindow(
                        version: MonitoredVersion(version),
                        from: Timestamp(milliseconds: 1),
                        to: Timestamp(milliseconds: 2),
                        features: (0..<40).map {
                            #"{"amount":\#($0 + 100).5,"city":"c\#($0 % 3)","night":\#($0 % 2 == 0)}"#
                        }
                    )
                }
            )
            let report = try await service.checkDrift(endpoint: "fraud", by: .local)
            #expect(report.columns.map(\.name) == ["city", "amount", "night"])
            #expect(report.columns.map(\.verdict) == [.none, .alert, .none])
        }
    }
}

/// Rooms to the left of Monitoring on a fresh database, with a folder of artifacts.
private struct FilesWorld: Sendable {
    let database: any SQLDatabase
    let activities: ActivityLog
    let clock = ManualClock()
    let tracking: TrackingService
    let registry: RegistryService
    let artifacts: LocalObjectStore
    let analytics: AnalyticsDatabase
    let files: ReferenceFiles

    init(_ database: any SQLDatabase, folder: String) throws {
        self.database = database
        activities = ActivityLog(database: database, clock: clock.clock)
        artifacts = try LocalObjectStore(root: folder)
        tracking = TrackingService(
            database: database,
            activities: activities,
            clock: clock.clock,
            artifactRoot: "mlflow-artifacts:"
        )
        let service = ArtifactService(objects: artifacts, database: database, clock: clock.clock)
        registry = RegistryService(
            database: database,
            tracking: tracking,
            artifacts: service,
            activities: activities,
            clock: clock.clock
        )
        let libraries = NativeLibraryCatalog(environment: ProcessInfo.processInfo.environment)
        analytics = AnalyticsDatabase(libraries: libraries, folders: [folder])
        files = ReferenceFiles(registry: registry, tracking: tracking, artifacts: service, analytics: analytics)
    }

    /// Registers a version of a run of its own, whose folder holds `files`.
    func makeVersion(_ files: [String: String]) async throws -> ModelVersion {
        let run = try await tracking.createRun(NewRun(experimentID: ExperimentID(number: 0)), by: .local).run
        let name = "model-\(run.id)"
        let source = run.artifactURI + "/model"
        for (path, text) in files { try await put(text, at: "\(source)/\(path)") }
        _ = try await registry.createModel(NewRegisteredModel(name: name, tags: []), by: .local)
        return try await registry.createVersion(
            NewModelVersion(modelName: name, source: source, runID: run.id),
            by: .local
        )
    }

    func put(_ text: String, at uri: String) async throws {
        let key = try ObjectKey(String(uri.dropFirst("mlflow-artifacts:/".count)))
        let body = AsyncStream { continuation in
            continuation.yield(ByteBuffer(string: text))
            continuation.finish()
        }
        try await artifacts.put(key, from: body)
    }
}

private func withFiles(_ test: (FilesWorld) async throws -> Void) async throws {
    let migrations =
        LedgerSchema.migrations + ArtifactSchema.migrations + TrackingSchema.migrations + RegistrySchema.migrations
        + MonitoringSchema.migrations
    try await withTemporaryFolder { folder in
        try await withTestDatabase(.sqlite, migrations: migrations) { database in
            let world = try FilesWorld(database, folder: folder)
            try await world.tracking.createDefaultExperiment()
            try await test(world)
        }
    }
}
