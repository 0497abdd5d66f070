import Analytics
import Database
import Kernel
import Ledger
import Monitoring
import Synchronization
import TestSupport

/// A monitoring service on a fresh database, with a reference and a window that a test sets.
struct TestMonitor {
    static let version = MonitoredVersion(modelName: "fraud", number: 3, createdAt: Timestamp(milliseconds: 1_000))

    let service: MonitoringService
    let activities: ActivityLog
    let clock = ManualClock()
    private let state: State

    /// What stands in for the registry's files and the prediction log.
    private final class State: Sendable {
        let table = Mutex<SampleTable?>(nil)
        let rows = Mutex<[String]>([])
        let version = Mutex(TestMonitor.version)
        let reads = Mutex(0)
    }

    init(_ database: any SQLDatabase) {
        let state = State()
        self.state = state
        activities = ActivityLog(database: database, clock: clock.clock)
        service = MonitoringService(
            database: database,
            activities: activities,
            clock: clock.clock,
            reference: { _ in
                state.reads.withLock { $0 += 1 }
                return state.table.withLock { $0 }
            },
            current: { endpoint, _ in
                guard endpoint == "fraud" else {
                    throw MartletError(.resourceDoesNotExist, "There is no endpoint '\(endpoint)'.")
                }
                return CurrentWindow(
                    version: state.version.withLock { $0 },
                    from: Timestamp(milliseconds: 10),
                    to: Timestamp(milliseconds: 20),
                    features: state.rows.withLock { $0 }
                )
            }
        )
    }

    /// How often the reference's file was read.
    var reads: Int { state.reads.withLock { $0 } }

    func setReference(_ table: SampleTable?) { state.table.withLock { $0 = table } }
    func setRows(_ rows: [String]) { state.rows.withLock { $0 = rows } }
    func setVersion(_ version: MonitoredVersion) { state.version.withLock { $0 = version } }

    /// Checks the only endpoint by PSI.
    @discardableResult
    func check(_ methods: [DriftMethod] = [.populationStability]) async throws -> DriftReport {
        try await service.checkDrift(endpoint: "fraud", methods: methods, by: .local)
    }

    /// What the activities are called, oldest first.
    func actions() async throws -> [String] {
        while try await activities.seal() {}
        return try await activities.activities(after: 0, limit: 1_000).map(\.action)
    }

    /// Runs `test` with a monitor on a fresh database.
    static func on(_ backend: DatabaseBackend, _ test: (TestMonitor) async throws -> Void) async throws {
        try await withTestDatabase(backend, migrations: LedgerSchema.migrations + MonitoringSchema.migrations) {
            try await test(TestMonitor($0))
        }
    }

    /// A column `x` of 0 … count − 1.
    static func ramp(_ count: Int) -> SampleTable {
        SampleTable(
            rowCount: count,
            columns: [.init(name: "x", values: .numbers((0..<count).map { Double($0) }))]
        )
    }

    /// Rows whose `x` is 0 … count − 1 plus `shift`.
    static func rows(_ count: Int, shift: Int = 0) -> [String] {
        (0..<count).map { #"{"x":\#($0 + shift)}"# }
    }
}
