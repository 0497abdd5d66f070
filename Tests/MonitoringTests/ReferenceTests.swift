import Analytics
import Kernel
import Ledger
import Monitoring
import Testing
import TestSupport

@Suite("A reference")
struct ReferenceTests {
    @Test("is read once, kept exactly and told of once", arguments: DatabaseBackend.allCases)
    func captured(_ backend: DatabaseBackend) async throws {
        try await TestMonitor.on(backend) { monitor in
            let numbers = (0..<400).map { row in row % 7 == 0 ? Double?.none : 1 / Double(row + 3) }
            let cities = (0..<400).map { row in row % 9 == 0 ? String?.none : "c\(row % 150)" }
            monitor.setReference(
                SampleTable(
                    rowCount: 400,
                    columns: [
                        .init(name: "x", values: .numbers(numbers)),
                        .init(name: "constant", values: .numbers([Double](repeating: 0.1, count: 400))),
                        .init(name: "city", values: .texts(cities)),
                    ]
                )
            )
            let captured = try #require(try await monitor.service.captureReference(of: TestMonitor.version))
            let again = try await monitor.service.captureReference(of: TestMonitor.version)
            #expect(again == captured && monitor.reads == 1)
            #expect(captured.rowCount == 400 && captured.columns.map(\.name) == ["x", "constant", "city"])
            #expect(try await monitor.actions() == ["reference.captured"])
        }
    }

    @Test("is not there: nil each time, until one is logged", arguments: DatabaseBackend.allCases)
    func absent(_ backend: DatabaseBackend) async throws {
        try await TestMonitor.on(backend) { monitor in
            let service = monitor.service
            let before = try await service.captureReference(of: TestMonitor.version)
            let empty: SampleTable.Column = .init(name: "x", values: .numbers([nil, nil]))
            monitor.setReference(SampleTable(rowCount: 2, columns: [empty]))
            let ofNothing = try await service.captureReference(of: TestMonitor.version)
            monitor.setReference(TestMonitor.ramp(50))
            let after = try await service.captureReference(of: TestMonitor.version)
            #expect(before == nil && ofNothing == nil && after?.rowCount == 50)
        }
    }

    @Test("of a new version under an old name and number replaces the old one's", arguments: DatabaseBackend.allCases)
    func replaced(_ backend: DatabaseBackend) async throws {
        try await TestMonitor.on(backend) { monitor in
            monitor.setReference(TestMonitor.ramp(50))
            try await monitor.service.captureReference(of: TestMonitor.version)
            let newer = MonitoredVersion(modelName: "fraud", number: 3, createdAt: Timestamp(milliseconds: 2_000))
            monitor.setVersion(newer)
            monitor.setReference(TestMonitor.ramp(80))
            monitor.setRows(TestMonitor.rows(80))
            let report = try await monitor.check()
            #expect(report.referenceRows == 80 && report.verdict == .none)
            #expect(report.columns.first?.reference.count == 80)
        }
    }

    @Test("is captured by a check when no registration did", arguments: DatabaseBackend.allCases)
    func lazy(_ backend: DatabaseBackend) async throws {
        try await TestMonitor.on(backend) { monitor in
            monitor.setReference(TestMonitor.ramp(50))
            monitor.setRows(TestMonitor.rows(50))
            try await monitor.check()
            try await monitor.check()
            #expect(monitor.reads == 1)
            #expect(try await monitor.actions() == ["reference.captured", "drift.checked", "drift.checked"])
        }
    }
}
