import Analytics
import Foundation
import Kernel
import Ledger
import Monitoring
import Testing
import TestSupport

@Suite("A drift check")
struct DriftTests {
    @Test(
        "says of numbers what SciPy says",
        arguments: DatabaseBackend.allCases,
        ["n03_mean_shift", "n08_missing_and_infinite", "n10_integer_ties", "n15_unequal_sizes"]
    )
    func numericTruth(_ backend: DatabaseBackend, _ name: String) async throws {
        let scenario = try Scenario(name)
        try await TestMonitor.on(backend) { monitor in
            monitor.setReference(scenario.table(isNumeric: true))
            monitor.setRows(scenario.rows(isNumeric: true))
            let report = try await monitor.check(DriftMethod.selectable)
            let column = try #require(report.columns.first)
            func value(_ method: DriftMethod) throws -> DriftStatistic {
                try #require(column.statistics.first { $0.method == method })
            }
            let deciles = try scenario.numbers("scipy", "psi_reference_deciles", "reference_counts")
            let current = try scenario.numbers("scipy", "psi_reference_deciles", "current_counts")
            let stability = try value(.populationStability).value
            #expect(close(stability, try scenario.number("scipy", "psi_reference_deciles", "psi_fill_1e-4")))
            let smirnov = try value(.kolmogorovSmirnov)
            #expect(close(smirnov.value, try scenario.number("scipy", "ks_auto", "statistic")))
            #expect(close(try #require(smirnov.pValue), try scenario.number("scipy", "ks_auto", "pvalue")))
            #expect(close(try value(.jensenShannon).value, jensenShannon(deciles, current)))
            #expect(column.reference.count == Int(try scenario.number("used_reference")))
            #expect(column.current.count == Int(try scenario.number("used_current")))
            #expect(close(try #require(column.current.mean), try scenario.number("describe_current", "mean")))
            let spread = try #require(column.reference.standardDeviation)
            #expect(close(spread, try scenario.number("describe_reference", "std_population")))
            #expect(try await monitor.service.driftReports(endpoint: "fraud", limit: 10) == [report])
        }
    }

    @Test(
        "says of categories what Evidently and SciPy say",
        arguments: DatabaseBackend.allCases,
        ["c02_shift", "c06_many_categories", "c08_large"]
    )
    func categoricalTruth(_ backend: DatabaseBackend, _ name: String) async throws {
        let scenario = try Scenario(name)
        try await TestMonitor.on(backend) { monitor in
            monitor.setReference(scenario.table(isNumeric: false))
            monitor.setRows(scenario.rows(isNumeric: false))
            let report = try await monitor.check(DriftMethod.selectable)
            let column = try #require(report.columns.first)
            #expect(column.kind == .categorical)
            #expect(column.statistics.map(\.method) == [.populationStability, .jensenShannon])
            #expect(close(column.statistics[0].value, try scenario.number("from_bins", "psi_fill_1e-4")))
            #expect(close(column.statistics[1].value, try scenario.number("from_bins", "js_distance_natural_log")))
            let evidence = try #require(column.statistics[0].pValue)
            #expect(close(evidence, try scenario.number("scipy", "chi2_homogeneity", "pvalue")))
            #expect(try await monitor.service.driftReports(endpoint: nil, limit: 10) == [report])
        }
    }

    @Test("weighs the effect by fixed thresholds and asks for evidence", arguments: DatabaseBackend.allCases)
    func verdicts(_ backend: DatabaseBackend) async throws {
        try await TestMonitor.on(backend) { monitor in
            monitor.setReference(TestMonitor.ramp(1_000))
            monitor.setRows(TestMonitor.rows(1_000))
            #expect(try await monitor.check(DriftMethod.selectable).verdict == .none)
            monitor.setRows(TestMonitor.rows(1_000, shift: 150))
            #expect(try await monitor.check([.kolmogorovSmirnov]).verdict == .warning)
            monitor.setRows(TestMonitor.rows(1_000, shift: 400))
            let report = try await monitor.check(DriftMethod.selectable)
            #expect(report.columns.first?.statistics.allSatisfy { $0.verdict == .alert } == true)
            // 40 values spread like the reference leave some deciles thin: a large index, but no evidence.
            monitor.setRows((0..<40).map { #"{"x":\#($0 % 8 * 125)}"# })
            let noise = try #require(try await monitor.check().columns.first?.statistics.first)
            #expect(noise.value > 0.25 && noise.verdict == .none)
        }
    }

    @Test("sees values go missing, and columns that are no longer sent", arguments: DatabaseBackend.allCases)
    func missing(_ backend: DatabaseBackend) async throws {
        try await TestMonitor.on(backend) { monitor in
            monitor.setReference(
                SampleTable(
                    rowCount: 100,
                    columns: [
                        .init(name: "gone", values: .numbers((0..<100).map { Double($0) })),
                        .init(name: "kept", values: .texts((0..<100).map { $0 % 2 == 0 ? "a" : "b" })),
                        .init(name: "empty", values: .numbers([Double?](repeating: nil, count: 100))),
                    ]
                )
            )
            monitor.setRows((0..<100).map { #"{"kept":"\#($0 % 2 == 0 ? "a" : "b")"}"# })
            let report = try await monitor.check()
            #expect(report.columns.map(\.name) == ["gone", "kept"])
            #expect(report.columns.map(\.verdict) == [.alert, .none])
            #expect(report.columns[0].statistics.map(\.method) == [.missingShare])
            #expect(report.columns[0].bins == nil)
            #expect(report.columns[0].current.missing == 100)
        }
    }

    @Test(
        "reads booleans, numbers given as categories, and rows that are not objects",
        arguments: DatabaseBackend.allCases
    )
    func kinds(_ backend: DatabaseBackend) async throws {
        try await TestMonitor.on(backend) { monitor in
            monitor.setReference(
                SampleTable(
                    rowCount: 60,
                    columns: [
                        .init(name: "flag", values: .numbers((0..<60).map { Double($0 % 2) })),
                        .init(name: "code", values: .texts((0..<60).map { "\($0 % 3)" })),
                    ]
                )
            )
            let rows = (0..<60).map { #"{"flag":\#($0 % 2 == 0),"code":\#($0 % 3)}"# }
            monitor.setRows(rows + ["[1]", "nonsense"])
            let report = try await monitor.check(DriftMethod.selectable)
            #expect(report.verdict == .none && report.currentRows == 62)
            #expect(report.columns.map(\.current.count) == [60, 60])
            #expect(report.columns.map(\.current.missing) == [2, 2])
        }
    }

    @Test("refuses what it can't compare", arguments: DatabaseBackend.allCases)
    func refusals(_ backend: DatabaseBackend) async throws {
        try await TestMonitor.on(backend) { monitor in
            let service = monitor.service
            monitor.setRows(TestMonitor.rows(100))
            let noReference = try await failure { try await monitor.check() }
            #expect(noReference.code == .invalidParameterValue)
            #expect(noReference.message.contains("martlet/reference.parquet"))
            monitor.setReference(TestMonitor.ramp(100))
            monitor.setRows(TestMonitor.rows(29))
            let tooFew = try await failure { try await monitor.check() }
            #expect(tooFew.code == .invalidParameterValue && tooFew.message.contains("29 rows. At least 30"))
            for window in [
                DriftWindow.lastRows(0), .lastRows(100_001), .between(.init(milliseconds: 5), .init(milliseconds: 5)),
            ] {
                let refused = try await failure {
                    try await service.checkDrift(endpoint: "fraud", window: window, by: .local)
                }
                #expect(refused.code == .invalidParameterValue)
            }
            let unknown = try await failure { try await service.checkDrift(endpoint: "none", by: .local) }
            #expect(unknown.code == .resourceDoesNotExist)
            #expect(try await service.driftReports(endpoint: nil, limit: 10).isEmpty)
        }
    }

    /// The distance straight from its definition.
    private func jensenShannon(_ reference: [Double], _ current: [Double]) -> Double {
        let first = reference.map { $0 / reference.reduce(0, +) }
        let second = current.map { $0 / current.reduce(0, +) }
        let sum = zip(first, second).reduce(0.0) { sum, shares in
            let middle = (shares.0 + shares.1) / 2
            let terms = [shares.0, shares.1].map { $0 > 0 ? $0 * log($0 / middle) : 0 }
            return sum + terms[0] + terms[1]
        }
        return (sum / 2).squareRoot()
    }
}

/// Whether two numbers agree to nine digits.
func close(_ value: Double, _ expected: Double) -> Bool {
    abs(value - expected) <= 1e-9 * max(abs(expected), 1e-3)
}

/// The error that `body` throws.
func failure(_ body: () async throws -> some Any) async throws -> MartletError {
    try #require(await #expect(throws: MartletError.self) { _ = try await body() })
}
