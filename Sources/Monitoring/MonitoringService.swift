package import Analytics
package import Database
package import Kernel
package import Ledger
import Registry
import Statistics
import Synchronization

/// Compares what served models are asked with what they were trained on, and raises alerts.
package final class MonitoringService: Sendable {
    /// Reads the reference that was logged beside a version; nil when there is none.
    package typealias ReferenceReader = @Sendable (MonitoredVersion) async throws -> SampleTable?
    /// Reads what an endpoint was asked in a window; throws `ENDPOINT_NOT_FOUND` for an unknown endpoint.
    package typealias CurrentReader = @Sendable (_ endpoint: String, DriftWindow) async throws -> CurrentWindow

    let database: any SQLDatabase
    let activities: ActivityLog
    let clock: WallClock
    private let reference: ReferenceReader
    private let current: CurrentReader
    private let ids = Mutex(TimeOrderedIDs())

    /// A service over `database`, which has ``MonitoringSchema``.
    package init(
        database: any SQLDatabase,
        activities: ActivityLog,
        clock: WallClock,
        reference: @escaping ReferenceReader,
        current: @escaping CurrentReader
    ) {
        self.database = database
        self.activities = activities
        self.clock = clock
        self.reference = reference
        self.current = current
    }

    /// Reads and keeps the reference of `version`, unless it is kept already.
    ///
    /// Called after a registration, and by ``checkDrift(endpoint:methods:window:by:)`` when nothing is kept, so that a
    /// crash between the two loses nothing. Two calls at once end with the same reference kept once.
    /// - Returns: what is kept; nil when the version has no reference, or one without a value in any column.
    /// - Throws: `INVALID_PARAMETER_VALUE` when the file can't be used, what reading it throws, ``DatabaseError``.
    @discardableResult
    package func captureReference(of version: MonitoredVersion) async throws -> ReferenceProfile? {
        if let kept = try await database.read({ try ReferenceStore.find(version, on: $0) }) { return kept }
        guard let table = try await reference(version) else { return nil }
        let profile: ReferenceProfile
        do {
            profile = try table.profile(of: version, at: clock.now())
        } catch {
            throw MartletError(
                .invalidParameterValue,
                "The reference of \(version.modelName)/\(version.number) can't be used: \(error)",
                cause: error
            )
        }
        guard !profile.columns.isEmpty else { return nil }
        return try await database.write { [activities] connection in
            if let kept = try ReferenceStore.find(version, on: connection) { return kept }
            try ReferenceStore.replace(profile, on: connection)
            try activities.record(
                NewActivity(
                    .server,
                    "reference.captured",
                    ModelVersion.subject(version.modelName, version.number),
                    details: JSONObject([
                        ("rows", .integer(Int64(profile.rowCount))),
                        ("columns", .integer(Int64(profile.columns.count))),
                    ]),
                    topics: ["models", "model:\(version.modelName)", "drift"]
                ),
                on: connection
            )
            return profile
        }
    }

    /// Compares an endpoint's window with the reference of the version that it serves, keeps the report, and opens or
    /// counts an alert for each column that drifted.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the window is out of range, holds fewer than 30 rows, or the version
    ///   has no reference; what reading the window and the reference throws; ``DatabaseError``.
    package func checkDrift(
        endpoint: String,
        methods: [DriftMethod] = [.populationStability],
        window: DriftWindow = .standard,
        by actor: Actor
    ) async throws -> DriftReport {
        try window.validate()
        let rows = try await current(endpoint, window)
        guard let reference = try await captureReference(of: rows.version) else {
            throw Self.noReference(rows.version)
        }
        try Self.requireRows(rows.features.count, "The window of endpoint '\(endpoint)'")
        try Self.requireRows(reference.rowCount, "The reference of \(rows.version.modelName)/\(rows.version.number)")
        let report = try report(endpoint, rows, reference, methods)
        try await keep(report, of: rows.version, by: actor)
        return report
    }

    /// The newest reports, newest first; of all endpoints when none is named.
    ///
    /// - Throws: ``DatabaseError``.
    package func driftReports(endpoint: String?, limit: Int) async throws -> [DriftReport] {
        try await database.read { try DriftReportStore.newest(endpoint: endpoint, limit: limit, on: $0) }
    }

    private func report(
        _ endpoint: String,
        _ rows: CurrentWindow,
        _ reference: ReferenceProfile,
        _ methods: [DriftMethod]
    ) throws -> DriftReport {
        let columns: [DriftColumn]
        do {
            columns = try DriftCheck.columns(reference, rows.features, methods: methods)
        } catch {
            throw MartletError(.internalError, "The comparison of '\(endpoint)' failed: \(error)", cause: error)
        }
        let now = clock.now()
        return DriftReport(
            id: newID(at: now),
            endpoint: endpoint,
            modelName: rows.version.modelName,
            modelVersion: rows.version.number,
            checkedAt: now,
            referenceRows: reference.rowCount,
            currentRows: rows.features.count,
            windowFrom: rows.from,
            windowTo: rows.to,
            columns: columns
        )
    }

    /// Writes the report, its alerts and the activities that tell of them in one transaction.
    private func keep(_ report: DriftReport, of version: MonitoredVersion, by actor: Actor) async throws {
        let now = report.checkedAt
        let found = report.columns.compactMap { NewAlert($0, in: report, of: version) }
            .map { alert in (alert, newID(at: now)) }
        try await database.write { [activities] connection in
            try DriftReportStore.insert(report, on: connection)
            try activities.record(Self.checked(report, by: actor), on: connection)
            var opened: [(id: String, alert: NewAlert)] = []
            for (alert, id) in found {
                guard let id = try AlertStore.raise(alert, id: id, at: now, on: connection) else { continue }
                opened.append((id, alert))
            }
            guard !opened.isEmpty else { return }
            try activities.record(Self.opened(opened, report, by: actor), on: connection)
        }
    }

    private func newID(at time: Timestamp) -> String {
        var generator = SystemRandomNumberGenerator()
        return ids.withLock { $0.next(at: time, using: &generator) }
    }

    private static func checked(_ report: DriftReport, by actor: Actor) -> NewActivity {
        NewActivity(
            actor,
            "drift.checked",
            Subject("endpoint", report.endpoint),
            details: JSONObject([
                ("report_id", .string(report.id)),
                ("verdict", .string(report.verdict.rawValue)),
                ("model_name", .string(report.modelName)),
                ("model_version", .string(String(report.modelVersion))),
                ("columns", .integer(Int64(report.columns.count))),
                ("drifted", .integer(Int64(report.columns.count { $0.verdict != .none }))),
            ]),
            topics: ["drift", "endpoints"]
        )
    }

    /// One activity for all alerts of a check; of many, the first hundred are named.
    private static func opened(
        _ alerts: [(id: String, alert: NewAlert)],
        _ report: DriftReport,
        by actor: Actor
    ) -> NewActivity {
        let isCritical = alerts.contains { $0.alert.severity == .critical }
        return NewActivity(
            actor,
            "alert.opened",
            Subject("endpoint", report.endpoint),
            details: JSONObject([
                ("report_id", .string(report.id)),
                ("severity", .string((isCritical ? Alert.Severity.critical : .warning).rawValue)),
                ("count", .integer(Int64(alerts.count))),
                ("alerts", .array(alerts.prefix(100).map { .string($0.id) })),
                ("features", .array(alerts.prefix(100).compactMap { $0.alert.finding.feature.map { .string($0) } })),
            ]),
            topics: ["alerts"]
        )
    }

    private static func requireRows(_ count: Int, _ what: String) throws {
        guard count >= DriftCheck.countMin else {
            throw MartletError(
                .invalidParameterValue,
                "\(what) has \(count) rows. At least \(DriftCheck.countMin) are needed to compare."
            )
        }
    }

    private static func noReference(_ version: MonitoredVersion) -> MartletError {
        MartletError(
            .invalidParameterValue,
            "\(version.modelName)/\(version.number) has no reference to compare with. Log the training inputs as the "
                + "artifact martlet/reference.parquet (or .csv) of the model or of its run, with the columns named as "
                + "in the signature, and check again."
        )
    }
}
