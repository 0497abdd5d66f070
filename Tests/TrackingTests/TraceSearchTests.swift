import Database
import Kernel
import Ledger
import TestSupport
import Testing

@testable import Tracking

@Suite("A search of traces")
struct TraceSearchTests {
    private static func withTraces(
        _ backend: DatabaseBackend,
        _ test: (TrackingFixture, ExperimentID) async throws -> Void
    ) async throws {
        try await withTracking(backend) { fixture in
            let home = try await fixture.experiment()
            try await fixture.trace("a", in: home, at: 100, tags: [Tag(key: "mlflow.traceName", value: "ask")])
            try await fixture.trace(
                "b",
                in: home,
                at: 200,
                state: .error,
                tags: [Tag(key: "mlflow.traceName", value: "Answer"), Tag(key: "env.x", value: "dev")],
                metadata: [Tag(key: "mlflow.trace.session", value: "s1")]
            )
            let production = Tag(key: "env.x", value: "prod")
            try await fixture.trace("c", in: home, at: 200, state: .inProgress, tags: [production])
            try await test(fixture, home)
        }
    }

    @Test("finds by attributes, tags and metadata, the newest first", arguments: DatabaseBackend.allCases)
    func filters(backend: DatabaseBackend) async throws {
        try await Self.withTraces(backend) { fixture, home in
            for (filter, found) in [
                ("", ["b", "c", "a"]), ("status = 'OK'", ["a"]), ("trace.status != 'OK'", ["b", "c"]),
                ("attributes.state IN ('ERROR', 'IN_PROGRESS')", ["b", "c"]), ("status NOT IN ('OK')", ["b", "c"]),
                ("timestamp_ms > 100", ["b", "c"]), ("request_time <= 100", ["a"]), ("timestamp = 100", ["a"]),
                ("timestamp_ms >= 100 AND timestamp_ms < 200", ["a"]),
                ("execution_time_ms = 10 AND end_time_ms = 210", ["b", "c"]),
                ("request_id = 'a'", ["a"]), ("trace_id IN ('a', 'c')", ["c", "a"]),
                ("name = 'ask'", ["a"]), ("name LIKE 'a%'", ["a"]), ("trace.name ILIKE 'A%'", ["b", "a"]),
                ("name != 'ask'", ["b"]), ("name IS NULL", ["c"]), ("tags.`mlflow.traceName` = 'ask'", ["a"]),
                ("tags.`env.x` = 'dev'", ["b"]), ("tag.env.x IS NOT NULL", ["b", "c"]), ("tags.env.x != 'dev'", ["c"]),
                ("metadata.`mlflow.trace.session` = 's1'", ["b"]),
                ("request_metadata.mlflow.trace.session IS NULL", ["c", "a"]),
                ("client_request_id = 'x'", []), ("experiment_id = \(home)", ["b", "c", "a"]),
            ] as [(String, [String])] {
                let ids = try await fixture.traces(filter, in: [home])
                #expect(ids == found, "\(filter)")
            }
        }
    }

    @Test("orders by attributes, tags and metadata, what is missing last", arguments: DatabaseBackend.allCases)
    func orders(backend: DatabaseBackend) async throws {
        try await Self.withTraces(backend) { fixture, home in
            for (order, found) in [
                ([], ["b", "c", "a"]), (["timestamp_ms"], ["a", "b", "c"]), (["request_time ASC"], ["a", "b", "c"]),
                (["timestamp DESC", "trace_id DESC"], ["c", "b", "a"]), (["status"], ["b", "c", "a"]),
                (["name"], ["b", "a", "c"]), (["name DESC"], ["a", "b", "c"]),
                (["tags.`env.x` DESC"], ["c", "b", "a"]),
                (["metadata.`mlflow.trace.session` DESC", "request_id DESC"], ["b", "c", "a"]),
                (["execution_time", "end_time"], ["a", "b", "c"]),
            ] as [([String], [String])] {
                let ids = try await fixture.traces(orderBy: order, in: [home])
                #expect(ids == found, "\(order)")
            }
        }
    }

    @Test("stays within its experiments, also deleted ones, and comes in pages", arguments: DatabaseBackend.allCases)
    func pages(backend: DatabaseBackend) async throws {
        try await Self.withTraces(backend) { fixture, home in
            let other = try await fixture.experiment("other")
            try await fixture.trace("o", in: other, at: 150)
            #expect(try await fixture.traces(in: [other]) == ["o"])
            #expect(try await fixture.traces(in: [other, home]) == ["b", "c", "o", "a"])
            #expect(try await fixture.traces(in: []) == [])
            try await fixture.tracking.deleteExperiment(other, by: .local)
            #expect(try await fixture.traces(in: [other, ExperimentID(number: 99)]) == ["o"])
            var search = TraceSearch(experimentIDs: [home], limit: 2)
            let first = try await fixture.tracking.searchTraces(search)
            #expect(first.items.map(\.id.text) == ["b", "c"])
            search.page = first.next
            let last = try await fixture.tracking.searchTraces(search)
            #expect(last.items.map(\.id.text) == ["a"] && last.next == nil)
        }
    }

    @Test(
        "says what it can't be asked",
        arguments: [
            ("size = 1", "Invalid attribute key 'size' specified. Valid keys are ['client_request_id', "),
            ("span.name = 'x'", "Traces can't be searched by 'span.name': this server looks into attributes, "),
            ("feedback.good = 'yes'", "Traces can't be searched by 'feedback.good'"),
            ("metrics.m > 1", "Invalid entity type 'metrics'. Valid values are ['attribute', 'tag', 'metadata']"),
            ("name RLIKE 'x'", "Invalid comparator for tag: RLIKE"),
            ("timestamp_ms > 'x'", "Expected numeric value type for numeric attribute: timestamp_ms."),
            ("status > 'x'", "Invalid comparator for attribute: >"),
            ("status = 1", "Expected a quoted string value for attribute"),
            ("status", "Invalid clause(s) in filter string: status"),
        ]
    )
    func faults(filter: String, message: String) async throws {
        try await withTracking(.sqlite) { fixture in
            let home = try await fixture.experiment()
            await expectRefusal(.invalidParameterValue, message) { try await fixture.traces(filter, in: [home]) }
        }
    }

    @Test("orders by each field once, and by so many and in so many experiments as any search")
    func doubled() async throws {
        try await withTracking(.sqlite) { fixture in
            let home = try await fixture.experiment()
            await expectRefusal(.invalidParameterValue, "`order_by` contains duplicate fields: ['name', ") {
                try await fixture.traces(orderBy: ["name", "tags.`mlflow.traceName` DESC"], in: [home])
            }
            #expect(try await fixture.traces(orderBy: (1...50).map { "tags.t\($0)" }, in: [home]) == [])
            await expectRefusal(.invalidParameterValue, "A search can have at most 50 keys in `order_by`. Got 51.") {
                try await fixture.traces(orderBy: (1...51).map { "tags.t\($0)" }, in: [home])
            }
            let many = (1...10_001).map { ExperimentID(number: $0) }
            await expectRefusal(.invalidParameterValue, "A search can have at most 10000 experiment ids. Got 10001.") {
                try await fixture.traces(in: many)
            }
        }
    }

    @Test("on SQLite reads an experiment's newest traces from an index, without sorting")
    func plan() async throws {
        let search = TraceSearch(experimentIDs: [ExperimentID(number: 1)], limit: 10)
        let statement = try search.compiled()
        try await withTestDatabase(.sqlite, migrations: TrackingSchema.migrations) { database in
            let plan = try await database.read { connection in
                try connection.query(
                    "EXPLAIN QUERY PLAN SELECT * FROM traces " + statement.text,
                    statement.parameters
                ) { try $0.text(3) }
            }
            #expect(plan == ["SEARCH traces USING INDEX traces_by_request (experiment_id=?)"])
        }
    }
}
