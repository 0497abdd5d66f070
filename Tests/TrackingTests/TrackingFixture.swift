import Database
import Kernel
import Ledger
import TestSupport
import Testing

@testable import Tracking

/// What runs carry, not what tests do.
typealias Tag = Tracking.Tag

/// Tracking on a fresh database, with a clock that only the test moves.
struct TrackingFixture: Sendable {
    let database: any SQLDatabase
    let clock = ManualClock()
    let activities: ActivityLog
    let tracking: TrackingService

    init(database: any SQLDatabase) {
        self.database = database
        activities = ActivityLog(database: database, clock: clock.clock)
        tracking = TrackingService(
            database: database,
            activities: activities,
            clock: clock.clock,
            artifactRoot: "mlflow-artifacts:"
        )
    }

    /// A new experiment.
    func experiment(_ name: String = "e", tags: [Tag] = []) async throws -> ExperimentID {
        try await tracking.createExperiment(named: name, tags: tags, by: .local)
    }

    /// A new run, in a new experiment called like it unless one is given.
    func run(
        _ name: String = "r",
        in experiment: ExperimentID? = nil,
        startedAt: Int64 = 0,
        user: String = "ada",
        tags: [Tag] = []
    ) async throws -> RunID {
        let home: ExperimentID
        if let experiment { home = experiment } else { home = try await self.experiment("of \(name)") }
        let new = NewRun(
            experimentID: home,
            name: name,
            userID: user,
            startedAt: Timestamp(milliseconds: startedAt),
            tags: tags
        )
        return try await tracking.createRun(new, by: .local).run.id
    }

    /// The actions of all activities in the order of the chain.
    func actions() async throws -> [String] {
        while try await activities.seal() {}
        return try await activities.activities(after: 0, limit: 1000).map(\.action)
    }

    /// All edges of lineage, as texts in their order.
    func edges() async throws -> [String] {
        let rows = try await database.read { connection in
            try connection.query("SELECT from_kind, from_id, relation, to_kind, to_id FROM lineage_edges", []) { row in
                try (0..<5).map { try row.text($0) }.joined(separator: " ")
            }
        }
        return rows.sorted()
    }

    /// The names of the runs that `filter` finds, in their order.
    func names(
        _ filter: String? = nil,
        orderBy: [String] = [],
        in experiments: [ExperimentID],
        view: ViewType = .activeOnly
    ) async throws -> [String] {
        let search = RunSearch(experimentIDs: experiments, filter: filter, view: view, orderBy: orderBy)
        return try await tracking.searchRuns(search).items.map(\.run.name)
    }
}

/// Runs `test` on a fresh database of `backend` with Tracking's and the Ledger's tables.
func withTracking(_ backend: DatabaseBackend, _ test: (TrackingFixture) async throws -> Void) async throws {
    try await withTestDatabase(backend, migrations: LedgerSchema.migrations + TrackingSchema.migrations) { database in
        try await test(TrackingFixture(database: database))
    }
}

/// Expects `body` to be refused with `code` and a message that begins with `message`.
func expectRefusal(
    _ code: MartletError.Code,
    _ message: String,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> some Any
) async {
    let error = await #expect(throws: MartletError.self, sourceLocation: sourceLocation) { _ = try await body() }
    guard let error else { return }
    #expect(error.code == code, sourceLocation: sourceLocation)
    #expect(error.message.hasPrefix(message), "\(error.message)", sourceLocation: sourceLocation)
}

extension Metric {
    /// A point whose place in time matters little.
    static func sample(_ key: String, _ value: Double, step: Int64 = 0, at time: Int64 = 1) -> Metric {
        Metric(key: key, value: value, timestamp: Timestamp(milliseconds: time), step: step)
    }
}
