import Database
import Kernel
import TestSupport
import Testing

@testable import Tracking

@Suite("A search of runs along an order ends soon")
struct RunSearchBoundsTests {
    @Test("when conditions that no index answers leave no run", arguments: DatabaseBackend.allCases)
    func steps(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let experiment = try await fixture.experiment("home")
            for place in 0..<60 {
                let run = try await fixture.run(in: experiment)
                try await fixture.tracking.log(.sample("m", Double(place)), to: run)
            }
            let bounds = RunSearchBounds(fewMax: 0, commonMin: 1000, commonShare: 1, scopeSteps: 0, patience: 1)
            let asked = try await Self.statements(["metrics.m"], bounds, in: experiment, fixture.database)
            // The walk is given up after some steps, √(2 rows × 100 numbers taken), and what is in scope is sorted.
            #expect(asked.contains { $0.contains("LIMIT 1 OFFSET 14") })
            #expect(asked.last?.contains("FROM runs LEFT JOIN") == true)
        }
    }

    @Test("however many keys it has with values that many runs share", arguments: DatabaseBackend.allCases)
    func splits(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let experiment = try await fixture.experiment("home")
            let keys = ["a", "b", "c", "d", "e"]
            for place in 0..<32 {
                let run = try await fixture.run(in: experiment)
                let params = keys.enumerated().map { Param(key: $1, value: "\((place >> $0) % 2)") }
                try await fixture.tracking.log(RunBatch(params: params), to: run)
            }
            let bounds = RunSearchBounds(
                fewMax: 0,
                commonMin: 1,
                commonShare: 1000,
                splitsMax: 2,
                scopeSteps: 0,
                patience: 1000
            )
            let orders = keys.map { "params.\($0)" }
            let asked = try await Self.statements(orders, bounds, in: experiment, fixture.database)
            #expect(asked.count < 150, "\(asked.count) statements")
        }
    }

    /// The statements of a search that finds nothing.
    private static func statements(
        _ orders: [String],
        _ bounds: RunSearchBounds,
        in experiment: ExperimentID,
        _ database: any SQLDatabase
    ) async throws -> [String] {
        let plan = try RunSearchPlan(
            RunSearch(experimentIDs: [experiment], filter: "status = 'FAILED'", orderBy: orders, limit: 1)
        )
        return try await database.read { connection in
            let recorder = RecordingConnection(connection)
            let rows = try RunSearcher.rows(plan, bounds, on: recorder)
            #expect(rows.isEmpty)
            return recorder.texts
        }
    }
}

/// A connection that notes what is asked of it.
private final class RecordingConnection: SQLConnection {
    private(set) var texts: [String] = []
    private let connection: any SQLConnection

    init(_ connection: any SQLConnection) {
        self.connection = connection
    }

    func execute(_ sql: SQLText, _ parameters: [SQLValue]) throws -> Int {
        texts.append(sql.text)
        return try connection.execute(sql, parameters)
    }

    func executeBatch(_ sql: SQLText, _ rows: [[SQLValue]]) throws {
        texts.append(sql.text)
        try connection.executeBatch(sql, rows)
    }

    func preferIndexes(inOrder: Bool) throws {
        try connection.preferIndexes(inOrder: inOrder)
    }

    func forEachRow(
        _ sql: SQLText,
        _ parameters: [SQLValue],
        _ body: (borrowing SQLRow) throws -> Void
    ) throws {
        texts.append(sql.text)
        try connection.forEachRow(sql, parameters, body)
    }
}
