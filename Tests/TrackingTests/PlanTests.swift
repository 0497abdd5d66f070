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

    @Test("the latest metrics of a run")
    func latestMetrics() async throws {
        let plan = try await plan(
            """
            SELECT m.run_number, k.key, m.step, m.timestamp, m.value, m.is_nan
            FROM latest_metrics AS m JOIN metric_keys AS k ON k.key_id = m.key_id WHERE m.run_number IN ($1)
            ORDER BY m.run_number, k.key
            """,
            [.integer(1)]
        )
        #expect(plan.contains { $0.hasPrefix("SEARCH m USING PRIMARY KEY (run_number=?") })
        #expect(!plan.contains { $0.hasPrefix("SCAN") }, "\(plan)")
    }

    @Test("the newest runs of an experiment, without sorting", arguments: [[], ["start_time DESC"]])
    func newestRuns(orderBy: [String]) async throws {
        let search = try runs(orderBy: orderBy)
        let plan = try await plan(search.sorted(by: search.orders[...], parts: [], limit: 10))
        #expect(plan.contains { $0.contains("runs_by_start (experiment_id=?)") }, "\(plan)")
        #expect(!plan.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(plan)")
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
            ("metrics.rmse < 1", "SEARCH f USING INDEX latest_metrics_by_value (key_id=? AND value<?)"),
            ("params.lr = '1'", "SEARCH f USING COVERING INDEX run_params_by_value (key=? AND value=?)"),
            ("tags.t LIKE 'x%'", "SEARCH f USING COVERING INDEX run_tags_by_value (key=? AND value>? AND value<?)"),
            ("tags.t ILIKE 'x%'", "SEARCH f USING COVERING INDEX run_tags_by_value (key=?)"),
            ("tags.t IS NOT NULL", "SEARCH f USING COVERING INDEX run_tags_by_value (key=?)"),
        ]
    )
    func condition(filter: String, step: String) async throws {
        let search = try runs(filter)
        let condition = try #require(search.conditions.first)
        let statements = [
            try #require(try search.count(condition, limit: 10)),
            try #require(try search.fromCondition(condition, limit: 10, offset: 0)),
        ]
        for statement in statements {
            let plan = try await plan(statement)
            #expect(plan.contains(step), "\(plan)")
            #expect(!plan.contains { $0.hasPrefix("SCAN runs") }, "\(plan)")
        }
    }

    @Test(
        "a run along the values of a key, in their order",
        arguments: [
            (RunValues.metric, "SEARCH f USING INDEX latest_metrics_by_value (key_id=?"),
            (.param, "SEARCH f USING COVERING INDEX run_params_by_value (key=?"),
            (.tag, "SEARCH f USING COVERING INDEX run_tags_by_value (key=?"),
        ]
    )
    func order(values: RunValues, step: String) async throws {
        for direction in ["ASC", "DESC"] {
            let search = try runs(orderBy: ["\(values.kind).k \(direction)", "metrics.other DESC"])
            let orders = search.orders[...]
            let start: SQLValue = values == .metric ? .double(1) : .text("a")
            let plan = try await plan(search.along(values, "k", orders, from: start, parts: [], limit: 10))
            #expect(plan.contains { $0.hasPrefix(step) }, "\(plan)")
            #expect(!plan.contains { $0.hasPrefix("SCAN") || $0.hasSuffix("TEMP B-TREE FOR ORDER BY") }, "\(plan)")
        }
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
