import Database
import Kernel
import Ledger
import TestSupport
import Testing

@testable import Tracking

@Suite("A search of runs gives the same whichever way it takes")
struct RunSearchWaysTests {
    /// Bounds so small that a store of some dozens of runs takes every way.
    private static let small = [
        RunSearchBounds(fewMax: 4, commonMin: 3, commonShare: 1000, splitsMax: 2, scopeSteps: 0),
        RunSearchBounds(fewMax: 0, commonMin: 1, commonShare: 1000, splitsMax: 100, scopeSteps: 0),
        RunSearchBounds(fewMax: 0, commonMin: 1000, commonShare: 1, splitsMax: 0, scopeSteps: 0),
        RunSearchBounds(fewMax: 1000, commonMin: 1, commonShare: 1000, splitsMax: 1, scopeSteps: 0),
        RunSearchBounds(fewMax: 0, commonMin: 3, commonShare: 1000, splitsMax: 2, scopeSteps: 0, patience: 0),
        RunSearchBounds(fewMax: 0, commonMin: 1000, commonShare: 1, splitsMax: 0, scopeSteps: 0, patience: 1),
    ]
    private static let filters: [String?] = [
        nil, "metrics.m > 0", "metrics.m != 1", "metrics.m <= 1 AND params.p = 'b'",
        "params.p LIKE 'a%'",
        "params.p ILIKE 'A%'", "params.p != 'a'", "params.p IS NULL", "tags.t IS NOT NULL",
        "tags.t LIKE '%x'",
        "tags.t = 'long'", "params.p = 'a' AND params.p = 'b'", "params.unknown = 'a'",
        "metrics.unknown > 1",
        "start_time > 3 AND tags.t != 'x'", "status = 'RUNNING' AND metrics.n = 0",
    ]
    private static let orders: [[String]] = [
        ["metrics.m DESC"], ["metrics.m"], ["params.p"], ["params.p DESC", "metrics.m"],
        ["tags.t DESC"],
        ["metrics.n DESC", "params.p", "tags.t DESC"], ["params.p", "start_time ASC"],
        ["metrics.unknown", "params.p DESC"],
        [], ["start_time"], ["start_time DESC", "params.p"], ["end_time", "params.p"], ["tags.t", "run_name DESC"],
        ["params.p DESC", "run_id DESC"],
    ]

    @Test("on a store of few values and many ties", arguments: DatabaseBackend.allCases)
    func sameRows(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let experiment = try await fixture.experiment("home")
            let other = try await fixture.experiment("other")
            for place in 0..<80 {
                let run = try await fixture.run(
                    "r\(place % 7)",
                    in: place % 9 == 0 ? other : experiment,
                    startedAt: Int64(place % 5)
                )
                try await fixture.tracking.log(Self.batch(place), to: run)
                if place % 11 == 0 { try await fixture.tracking.deleteRun(run, by: .local) }
            }
            for filter in Self.filters {
                for orderBy in Self.orders {
                    try await Self.compare(filter, orderBy, in: experiment, fixture.database)
                }
            }
        }
    }

    private static func compare(
        _ filter: String?,
        _ orderBy: [String],
        in experiment: ExperimentID,
        _ database: any SQLDatabase
    ) async throws {
        for page in [nil, PageToken(offset: 7)] {
            let plan = try RunSearchPlan(
                RunSearch(
                    experimentIDs: [experiment],
                    filter: filter,
                    orderBy: orderBy,
                    limit: 10,
                    page: page
                )
            )
            let (sorted, found) = try await database.read { connection in
                let statement = try plan.sorted(
                    by: plan.orders[...],
                    parts: [],
                    limit: 11,
                    offset: page?.offset ?? 0
                )
                var skip = 0
                let sorted = try RunStore.search(
                    statement.text,
                    statement.parameters,
                    skipping: &skip,
                    on: connection
                )
                let found = try small.map { try RunSearcher.rows(plan, $0, on: connection) }
                return (sorted.map(\.number), found.map { $0.map(\.number) })
            }
            for (bounds, numbers) in zip(small, found) {
                #expect(numbers == sorted, "\(filter ?? "") by \(orderBy), \(bounds)")
            }
        }
    }

    /// What the run has that is the `place`th: ties, gaps, NaN, zeros, and now and then a text that no index holds.
    private static func batch(_ place: Int) -> RunBatch {
        var batch = RunBatch()
        if place % 4 != 0 { batch.metrics.append(.sample("m", [0, 1, -1, .nan, 2][place % 5])) }
        if place % 3 != 0 { batch.metrics.append(.sample("n", place % 2 == 0 ? 0 : .nan)) }
        if place % 5 != 0 {
            batch.params.append(Param(key: "p", value: ["a", "b", "ab", "A"][place % 4]))
        }
        if place % 2 != 0 { batch.tags.append(Tag(key: "t", value: ["x", "ax", "y"][place % 3])) }
        if place == 33 {
            batch.tags.append(Tag(key: "t", value: String(repeating: "long", count: 100)))
        }
        return batch
    }
}
