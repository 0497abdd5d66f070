import Database
import Kernel
import TestSupport
import Testing

@testable import Tracking

@Suite("On SQLite, by an index and not by reading the table, is found")
struct PlanTests {
    @Test("a run by its id")
    func runByID() async throws {
        let plan = try await plan("SELECT * FROM runs WHERE run_id = $1", [.text("r")])
        #expect(plan.contains { $0.hasPrefix("SEARCH runs USING INDEX") })
        #expect(!plan.contains { $0.hasPrefix("SCAN") }, "\(plan)")
    }

    @Test(
        "what runs carry, without sorting",
        arguments: [
            (RunTableStore.params, RunTableStore.byKey, "run_params"),
            (RunTableStore.tags, RunTableStore.byKey, "run_tags"),
            (RunTableStore.metrics, RunTableStore.byKeyNumber, "latest_metrics"),
        ]
    )
    func carried(select: SQLText, order: SQLText, table: String) async throws {
        let plan = try await plan(select + "$1, $2" + order, [.integer(1), .integer(2)])
        #expect(plan == ["SEARCH \(table) USING PRIMARY KEY (run_number=?)"])
    }

    @Test("the newest runs of an experiment, without sorting", arguments: [[], ["start_time DESC"]])
    func newestRuns(orderBy: [String]) async throws {
        let search = try runs(orderBy: orderBy)
        let plan = try await plan(search.sorted(by: search.orders[...], parts: [], limit: 10))
        #expect(plan.contains { $0.contains("runs_by_start (experiment_id=?)") }, "\(plan)")
        #expect(!plan.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(plan)")
        let bound = try #require(search.bound(byStartIn: search.orders[...], steps: 10))
        let steps = try await self.plan(bound.statement)
        #expect(steps == ["SEARCH runs USING COVERING INDEX runs_by_start (experiment_id=?)"])
    }

    @Test("a run by metric, param and tag")
    func filters() async throws {
        let search = try runs("metrics.rmse < 1 AND params.lr = '1' AND tags.t LIKE 'x%'")
        let plan = try await plan(search.sorted(by: [], parts: [], limit: 10))
        #expect(!plan.contains { $0.hasPrefix("SCAN") }, "\(plan)")
    }

    @Test(
        "the few runs that meet a condition",
        arguments: [
            ("metrics.rmse < 1", "SEARCH f USING COVERING INDEX latest_metrics_by_value (key_id=? AND value<?)"),
            ("params.lr = '1'", "SEARCH f USING COVERING INDEX run_params_by_value (key=? AND value=?)"),
            ("tags.t LIKE 'x%'", "SEARCH f USING COVERING INDEX run_tags_by_value (key=? AND value>? AND value<?)"),
            ("tags.t ILIKE 'x%'", "SEARCH f USING COVERING INDEX run_tags_by_value (key=?)"),
            ("tags.t IS NOT NULL", "SEARCH f USING COVERING INDEX run_tags_by_value (key=?)"),
        ]
    )
    func condition(filter: String, step: String) async throws {
        let search = try runs(filter)
        let condition = try #require(search.indexedConditions.first)
        for statement in [try search.runs(condition, limit: 10), try search.fromCondition(condition)] {
            let plan = try await plan(statement)
            #expect(plan.contains(step), "\(plan)")
            #expect(!plan.contains { $0.hasPrefix("SCAN runs") }, "\(plan)")
        }
    }

    @Test(
        "a run along the values of a key, in their order",
        arguments: [
            (RunValues.metric, "SEARCH f USING COVERING INDEX latest_metrics_by_value (key_id=?"),
            (.param, "SEARCH f USING COVERING INDEX run_params_by_value (key=?"),
            (.tag, "SEARCH f USING COVERING INDEX run_tags_by_value (key=?"),
        ]
    )
    func order(values: RunValues, step: String) async throws {
        for direction in ["ASC", "DESC"] {
            let search = try runs(orderBy: ["\(values.kind).k \(direction)", "metrics.other DESC"])
            let orders = search.orders[...]
            let start: SQLValue = values == .metric ? .double(1) : .text("a")
            let bound = try search.bound(values, "k", isAscending: direction == "ASC", from: start, steps: 10)
            #expect(try await plan(bound).contains { $0.hasPrefix(step) })
            let walk = try search.along(values, "k", orders, from: start, to: start, parts: [], limit: 10)
            let plan = try await plan(walk)
            #expect(plan.contains { $0.hasPrefix(step) }, "\(plan)")
            #expect(!plan.contains { $0.hasPrefix("SCAN") || $0.hasSuffix("TEMP B-TREE FOR ORDER BY") }, "\(plan)")
        }
    }

    @Test("what a condition says of a row of values, before its run is fetched")
    func conditionsFirst() async throws {
        let search = try runs("params.a = '1' AND params.b = '2'", orderBy: ["metrics.m"])
        let start = try search.fromCondition(try #require(search.indexedConditions.first))
        let orders = search.orders[...]
        let walk = try search.along(.metric, "m", orders, from: .double(0), to: nil, parts: [], limit: 10)
        for statement in [start, walk] {
            let plan = try await plan(statement)
            let row = try #require(plan.firstIndex { $0.hasPrefix("SEARCH d USING PRIMARY KEY") })
            let run = try #require(plan.firstIndex { $0.hasPrefix("SEARCH runs USING") })
            #expect(row < run, "\(plan)")
        }
    }

    @Test("the runs of a list of numbers")
    func numbers() async throws {
        let search = try runs("params.a = '1'")
        let plan = try await plan(search.among([1, 2, 3]))
        let step = "SEARCH runs USING INDEX sqlite_autoindex_runs_1 (run_number=?"
        #expect(plan.contains { $0.hasPrefix(step) }, "\(plan)")
    }

    @Test("how many runs are nested in some runs")
    func nestedRuns() async throws {
        let plan = try await plan(RunDataStore.childCountsText(of: 2, limit: 10), [.text("a"), .text("b")])
        #expect(plan.contains("SEARCH t USING COVERING INDEX run_tags_by_value (key=? AND value=?)"), "\(plan)")
        #expect(plan.contains { $0.hasPrefix("SEARCH p USING") && $0.hasSuffix("(run_id=?)") }, "\(plan)")
        #expect(plan.contains { $0.hasPrefix("SEARCH r USING") && $0.hasSuffix("(run_number=?)") }, "\(plan)")
    }

    @Test("whether a key has texts that no index holds")
    func longTexts() async throws {
        let plan = try await plan(try runs().longTexts(.param, "k"))
        #expect(plan == ["SEARCH f USING INDEX run_params_long (key=?)"])
    }

    @Test("a key's number")
    func keys() async throws {
        let plan = try await plan(
            "SELECT key, key_id FROM metric_keys WHERE key IN ($1, $2)",
            [.text("a"), .text("b")]
        )
        #expect(plan.contains { $0.hasPrefix("SEARCH metric_keys USING INDEX") }, "\(plan)")
        #expect(!plan.contains { $0.hasPrefix("SCAN") }, "\(plan)")
    }

    @Test("the history of a key, in rows and in chunks")
    func history() async throws {
        let rows = try await plan(
            """
            SELECT step, timestamp, value, is_nan FROM metric_points WHERE run_number = $1 AND key_id = $2
            ORDER BY timestamp, step, value LIMIT $3 OFFSET $4
            """,
            [.integer(1), .integer(1), .integer(10), .integer(0)]
        )
        let steps = try await plan(
            """
            SELECT step, timestamp, value, is_nan FROM metric_points WHERE run_number = $1 AND key_id = $2
            AND step BETWEEN $3 AND $4 ORDER BY step, timestamp, value
            """,
            [.integer(1), .integer(1), .integer(0), .integer(9)]
        )
        let chunks = try await plan(
            "SELECT points FROM metric_chunks WHERE run_number = $1 AND key_id = $2 ORDER BY points",
            [.integer(1), .integer(1)]
        )
        let owner = "(run_number=? AND key_id=?"
        for (plan, start) in [
            (rows, "metric_points USING PRIMARY KEY \(owner))"),
            (steps, "metric_points USING PRIMARY KEY \(owner) AND step>? AND step<?)"),
            (chunks, "metric_chunks USING PRIMARY KEY \(owner))"),
        ] {
            #expect(plan.contains { $0.hasPrefix("SEARCH " + start) }, "\(plan)")
            #expect(!plan.contains { $0.hasPrefix("SCAN") }, "\(plan)")
        }
        #expect(!(steps + chunks).contains { $0.contains("TEMP B-TREE") }, "\(steps) \(chunks)")
    }

    private func runs(_ filter: String? = nil, orderBy: [String] = []) throws -> RunSearchPlan {
        let experiment = ExperimentID(number: 1)
        return try RunSearchPlan(RunSearch(experimentIDs: [experiment], filter: filter, orderBy: orderBy))
    }

    private func plan(_ statement: RunSearchPlan.Statement) async throws -> [String] {
        try await plan(
            statement.text.text.hasPrefix("FROM") ? "SELECT runs.run_id " + statement.text : statement.text,
            statement.parameters
        )
    }

    /// The steps of SQLite's plan for `statement`.
    private func plan(_ statement: SQLText, _ parameters: [SQLValue]) async throws -> [String] {
        let migrations = TrackingSchema.migrations
        return try await withTestDatabase(.sqlite, migrations: migrations) { database in
            try await database.read { connection in
                try connection.query("EXPLAIN QUERY PLAN " + statement, parameters) { try $0.text(3) }
            }
        }
    }
}
