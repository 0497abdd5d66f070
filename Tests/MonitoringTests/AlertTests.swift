import Analytics
import Kernel
import Ledger
import Monitoring
import Testing
import TestSupport

@Suite("Alerts")
struct AlertTests {
    private static let hour: Int64 = 3_600_000

    @Test("are opened once and counted while they last", arguments: DatabaseBackend.allCases)
    func deduplicated(_ backend: DatabaseBackend) async throws {
        try await TestMonitor.on(backend) { monitor in
            monitor.setReference(TestMonitor.ramp(500))
            monitor.setRows(TestMonitor.rows(500, shift: 400))
            let first = try await monitor.check()
            monitor.clock.advance(byMilliseconds: 48 * Self.hour)
            let second = try await monitor.check()
            let page = try await monitor.service.alerts(state: .open, kind: nil, limit: 10, page: nil)
            let alert = try #require(page.items.first)
            #expect(page.items.count == 1 && page.next == nil)
            #expect(alert.kind == .drift && alert.severity == .critical && alert.count == 2)
            #expect(alert.endpoint == "fraud" && alert.modelName == "fraud" && alert.modelVersion == 3)
            #expect(alert.finding.feature == "x" && alert.finding.method == "psi" && alert.finding.threshold == 0.25)
            #expect(alert.finding.value == second.columns.first?.statistics.first?.value)
            #expect(alert.finding.reportID == second.id)
            #expect(alert.openedAt == first.checkedAt && alert.lastSeenAt == second.checkedAt)
            let actions = try await monitor.actions()
            #expect(actions == ["reference.captured", "drift.checked", "alert.opened", "drift.checked"])
        }
    }

    @Test(
        "that were acknowledged stay quiet within the cooldown and open anew after it",
        arguments: DatabaseBackend.allCases
    )
    func cooldown(_ backend: DatabaseBackend) async throws {
        try await TestMonitor.on(backend) { monitor in
            let service = monitor.service
            monitor.setReference(TestMonitor.ramp(500))
            monitor.setRows(TestMonitor.rows(500, shift: 400))
            try await monitor.check()
            let id = try #require(try await service.alerts(state: nil, kind: nil, limit: 1, page: nil).items.first?.id)
            monitor.clock.advance(byMilliseconds: 1_000)
            let acknowledged = try await service.acknowledgeAlert(id, note: "known", by: Actor(name: "ada"))
            #expect(acknowledged.state == .acknowledged)
            let word = try #require(acknowledged.acknowledgement)
            #expect(word.at == monitor.clock.now() && word.by == "ada" && word.note == "known")
            // Again, by another: the first word stands and no activity is written.
            #expect(try await service.acknowledgeAlert(id, note: "mine", by: Actor(name: "bob")) == acknowledged)
            // Each check within an hour of the one before extends the quiet.
            for _ in 0..<3 {
                monitor.clock.advance(byMilliseconds: Self.hour)
                try await monitor.check()
            }
            var alerts = try await service.alerts(state: nil, kind: nil, limit: 10, page: nil).items
            #expect(alerts.map(\.count) == [4] && alerts.first?.state == .acknowledged)
            monitor.clock.advance(byMilliseconds: Self.hour + 1)
            try await monitor.check()
            alerts = try await service.alerts(state: nil, kind: nil, limit: 10, page: nil).items
            #expect(alerts.map(\.state) == [.open, .acknowledged] && alerts.map(\.count) == [1, 4])
            let actions = try await monitor.actions()
            #expect(actions.count { $0 == "alert.acknowledged" } == 1)
            #expect(actions.count { $0 == "alert.opened" } == 2)
        }
    }

    @Test("of warning level are WARNING, apart from DRIFT, one activity a check", arguments: DatabaseBackend.allCases)
    func kinds(_ backend: DatabaseBackend) async throws {
        try await TestMonitor.on(backend) { monitor in
            let service = monitor.service
            monitor.setReference(
                SampleTable(
                    rowCount: 1_000,
                    columns: ["a", "b", "c"].map { name in
                        .init(name: name, values: .numbers((0..<1_000).map { Double($0) }))
                    }
                )
            )
            monitor.setRows((0..<1_000).map { #"{"a":\#($0),"b":\#($0 + 150),"c":\#($0 + 700)}"# })
            let report = try await monitor.check([.kolmogorovSmirnov])
            #expect(report.columns.map(\.verdict) == [.none, .warning, .alert] && report.verdict == .alert)
            let warnings = try await service.alerts(state: .open, kind: .warning, limit: 10, page: nil).items
            #expect(warnings.map(\.finding.feature) == ["b"] && warnings.first?.severity == .warning)
            let drifts = try await service.alerts(state: .open, kind: .drift, limit: 10, page: nil).items
            #expect(drifts.map(\.finding.feature) == ["c"])
            #expect(try await service.alerts(state: .open, kind: .performance, limit: 10, page: nil).items.isEmpty)
            #expect(try await monitor.actions().count { $0 == "alert.opened" } == 1)
            // Page by page, newest first, each once.
            let first = try await service.alerts(state: nil, kind: nil, limit: 1, page: nil)
            let second = try await service.alerts(state: nil, kind: nil, limit: 1, page: first.next)
            #expect(Set((first.items + second.items).map(\.id)).count == 2 && second.next == nil)
        }
    }

    @Test("can't be acknowledged when they are not there or with a long note", arguments: DatabaseBackend.allCases)
    func refusals(_ backend: DatabaseBackend) async throws {
        try await TestMonitor.on(backend) { monitor in
            let unknown = try await failure {
                try await monitor.service.acknowledgeAlert("nothing", note: nil, by: .local)
            }
            #expect(unknown.code == .resourceDoesNotExist)
            let long = try await failure {
                let note = String(repeating: "x", count: 2_001)
                return try await monitor.service.acknowledgeAlert("nothing", note: note, by: .local)
            }
            #expect(long.code == .invalidParameterValue)
        }
    }
}
