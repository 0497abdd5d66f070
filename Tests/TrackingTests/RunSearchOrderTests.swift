import Kernel
import Ledger
import TestSupport
import Testing
import Tracking

@Suite("A search of runs")
struct RunSearchOrderTests {
    private static let orders: [(orderBy: [String], names: [String])] = [
        ([], ["none", "nan", "high", "low", "minus"]),
        // Numbers, then NaN, then missing, both ways.
        (["metrics.m"], ["minus", "low", "high", "nan", "none"]),
        (["metrics.m ASC"], ["minus", "low", "high", "nan", "none"]),
        (["metrics.m DESC"], ["high", "low", "minus", "nan", "none"]),
        (["metric.`m` desc"], ["high", "low", "minus", "nan", "none"]),
        (["metrics.\"m\" DESC"], ["high", "low", "minus", "nan", "none"]),
        // Params as text, missing last both ways.
        (["params.p"], ["high", "low", "minus", "none", "nan"]),
        (["params.p DESC"], ["minus", "low", "high", "none", "nan"]),
        (["tags.t ASC"], ["minus", "nan", "none", "high", "low"]),
        (["tags.t DESC"], ["nan", "minus", "none", "high", "low"]),
        // Attributes.
        (["start_time ASC"], ["minus", "low", "high", "nan", "none"]),
        (["attributes.start_time DESC"], ["none", "nan", "high", "low", "minus"]),
        (["end_time"], ["low", "high", "none", "nan", "minus"]),
        (["end_time DESC"], ["high", "low", "none", "nan", "minus"]),
        (["run_name"], ["high", "low", "minus", "nan", "none"]),
        (["attributes.`run_name` DESC"], ["none", "nan", "minus", "low", "high"]),
        (["status", "start_time ASC"], ["low", "high", "minus", "nan", "none"]),
        // Several, and ties by start.
        (["tags.t DESC", "metrics.m ASC"], ["nan", "minus", "low", "high", "none"]),
        (["params.same"], ["none", "nan", "high", "low", "minus"]),
        (["metrics.unknown DESC"], ["none", "nan", "high", "low", "minus"]),
    ]

    @Test("orders what it finds, what is missing last", arguments: DatabaseBackend.allCases)
    func order(backend: DatabaseBackend) async throws {
        try await withRuns(backend) { fixture, experiment in
            for (orderBy, names) in Self.orders {
                let found = try await fixture.names(orderBy: orderBy, in: [experiment])
                #expect(found == names, "\(orderBy)")
            }
        }
    }

    @Test(
        "refuses an order that can't be",
        arguments: [
            (["metrics.m", "metrics.m DESC"], "`order_by` contains duplicate fields"),
            (["nope"], "Invalid attribute key 'nope'"),
            (["attributes.`Run Name` DESC"], "Invalid attribute key 'Run Name' specified. Valid keys are"),
            (["\"run name\""], "Invalid attribute key 'run name' specified. Valid keys are"),
            (["metrics.m UP"], "Invalid ordering key in order_by clause"),
            (["metrics.m DESC x"], "Invalid order_by clause"),
            ([""], "Invalid order_by clause"), (["foo.bar"], "Invalid entity type 'foo'"),
            (["metrics.m; DROP TABLE runs"], "Invalid order_by clause"), (["dataset.name"], "Runs can't be ordered by"),
        ]
    )
    func refused(orderBy: [String], message: String) async throws {
        try await withRuns(.sqlite) { fixture, experiment in
            await expectRefusal(.invalidParameterValue, message) {
                try await fixture.names(orderBy: orderBy, in: [experiment])
            }
        }
    }

    @Test("breaks ties by id, so that pages neither repeat nor lose a run", arguments: DatabaseBackend.allCases)
    func pages(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let experiment = try await fixture.experiment()
            for number in 0..<13 { _ = try await fixture.run("r\(number)", in: experiment) }
            var ids: [String] = []
            var page: PageToken?
            repeat {
                let search = RunSearch(experimentIDs: [experiment], orderBy: ["metrics.m DESC"], limit: 5, page: page)
                let part = try await fixture.tracking.searchRuns(search)
                #expect(part.items.count == (part.next == nil ? 3 : 5))
                ids += part.items.map(\.run.id.text)
                page = part.next
            } while page != nil
            #expect(ids.count == 13 && ids == ids.sorted())
        }
    }

    @Test("looks in the experiments and the view that it is told", arguments: DatabaseBackend.allCases)
    func scope(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let first = try await fixture.experiment("first")
            let second = try await fixture.experiment("second")
            _ = try await fixture.run("a", in: first, startedAt: 3)
            let gone = try await fixture.run("b", in: first, startedAt: 2)
            _ = try await fixture.run("c", in: second, startedAt: 1)
            try await fixture.tracking.deleteRun(gone, by: .local)
            #expect(try await fixture.names(in: []).isEmpty)
            #expect(try await fixture.names(in: [first]) == ["a"])
            #expect(try await fixture.names(in: [first, second, first]) == ["a", "c"])
            #expect(try await fixture.names(in: [first], view: .deletedOnly) == ["b"])
            #expect(try await fixture.names(in: [first], view: .all) == ["a", "b"])
            #expect(try await fixture.names(in: [ExperimentID(number: 99)]).isEmpty)
        }
    }

    @Test("gives each run what it carries, also over many runs", arguments: DatabaseBackend.allCases)
    func details(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let experiment = try await fixture.experiment()
            for number in 0..<6 {
                let id = try await fixture.run("r\(number)", in: experiment, startedAt: Int64(number))
                let batch = RunBatch(
                    metrics: [.sample("m", Double(number))],
                    params: [Param(key: "p", value: "\(number)")],
                    tags: [Tag(key: "t", value: "\(number)")]
                )
                try await fixture.tracking.log(batch, to: id)
            }
            for details in try await fixture.tracking.searchRuns(RunSearch(experimentIDs: [experiment])).items {
                let number = String(details.run.name.dropFirst())
                #expect(details.metrics.map { "\(Int($0.value))" } == [number])
                #expect(details.params == [Param(key: "p", value: number)])
                #expect(
                    details.tags == [Tag(key: "mlflow.runName", value: "r" + number), Tag(key: "t", value: number)]
                )
            }
        }
    }

    /// minus, low, high, nan and none, each begun later than the one before.
    private func withRuns(
        _ backend: DatabaseBackend,
        _ test: (TrackingFixture, ExperimentID) async throws -> Void
    ) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let experiment = try await fixture.experiment()
            let runs: [(name: String, metric: Double?, param: String?, tag: String?, end: Int64?)] = [
                ("minus", -.infinity, "9", "T", nil), ("low", 1, "10", nil, 5), ("high", 2, "1", nil, 7),
                ("nan", .nan, nil, "t", nil), ("none", nil, nil, nil, nil),
            ]
            for (place, run) in runs.enumerated() {
                let id = try await fixture.run(run.name, in: experiment, startedAt: Int64(place))
                var batch = RunBatch(params: [Param(key: "same", value: "1")])
                if let metric = run.metric { batch.metrics = [.sample("m", metric)] }
                if let param = run.param { batch.params.append(Param(key: "p", value: param)) }
                if let tag = run.tag { batch.tags = [Tag(key: "t", value: tag)] }
                try await tracking.log(batch, to: id)
                if let end = run.end {
                    let change = RunChange(status: .finished, endedAt: Timestamp(milliseconds: end))
                    _ = try await tracking.updateRun(id, change, by: .local)
                }
            }
            try await test(fixture, experiment)
        }
    }
}
