import Database
import Kernel
import Ledger
import TestSupport
import Testing

@testable import Tracking

@Suite("A trace")
struct TraceTests {
    @Test("is kept as it was told, and says where its spans go", arguments: DatabaseBackend.allCases)
    func put(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let home = try await fixture.experiment()
            var trace = Trace(id: TraceID("tr-1"), of: home, at: Timestamp(milliseconds: 1234), state: .ok)
            trace.durationMs = 56
            trace.clientRequestID = "mine"
            trace.requestPreview = "what?"
            trace.responsePreview = "that"
            trace.assessments = [Assessment("good", .init(.feedback, ["value": true]), by: .init(.human, id: "ada"))]
            trace.metadata = [Tag(key: "mlflow.sourceRun", value: "r"), Tag(key: "b", value: "")]
            trace.tags = [Tag(key: "z", value: "1"), Tag(key: "mlflow.traceName", value: "ask")]
            let kept = try await fixture.tracking.putTrace(trace)
            let read = try await fixture.tracking.trace(trace.id)
            for found in [kept, read] {
                #expect(found.id == trace.id && found.experimentID == home && found.state == .ok)
                #expect(found.requestedAt.milliseconds == 1234 && found.durationMs == 56)
                #expect(found.clientRequestID == "mine")
                #expect(found.assessments.map(\.name) == ["good"])
                #expect(found.assessments.map(\.statement) == trace.assessments.map(\.statement))
                #expect(found.requestPreview == "what?" && found.responsePreview == "that")
                #expect(found.metadata == [Tag(key: "b", value: ""), Tag(key: "mlflow.sourceRun", value: "r")])
                let uri = "mlflow-artifacts:/\(home)/traces/tr-1/artifacts"
                let place = Tag(key: "mlflow.artifactLocation", value: uri)
                #expect(found.tags == [place, Tag(key: "mlflow.traceName", value: "ask"), Tag(key: "z", value: "1")])
            }
        }
    }

    @Test("that is told again has new times and state, and keeps the rest", arguments: DatabaseBackend.allCases)
    func again(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let home = try await fixture.experiment()
            var trace = Trace(id: TraceID("t"), of: home, at: Timestamp(milliseconds: 1), state: .inProgress)
            trace.requestPreview = "what?"
            trace.tags = [Tag(key: "a", value: "1"), Tag(key: "b", value: "1")]
            trace.metadata = trace.tags
            _ = try await fixture.tracking.putTrace(trace)
            trace.state = .error
            trace.durationMs = 5
            trace.requestPreview = nil
            trace.tags = [Tag(key: "b", value: "2")]
            trace.metadata = trace.tags
            let kept = try await fixture.tracking.putTrace(trace)
            #expect(kept.state == .error && kept.durationMs == 5 && kept.requestPreview == "what?")
            #expect(kept.tags.dropLast() == [Tag(key: "a", value: "1"), Tag(key: "b", value: "2")])
            #expect(kept.metadata == [Tag(key: "a", value: "1"), Tag(key: "b", value: "2")])
            let other = Trace(id: trace.id, of: try await fixture.experiment("o"), at: trace.requestedAt, state: .ok)
            await expectRefusal(.invalidParameterValue, "Trace with ID 't' belongs to experiment \(home), not to ") {
                try await fixture.tracking.putTrace(other)
            }
        }
    }

    @Test("needs an active experiment and an id that is a folder's name", arguments: DatabaseBackend.allCases)
    func refusals(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let home = try await fixture.experiment()
            func put(_ id: String, in experiment: ExperimentID) async throws -> Trace {
                let time = Timestamp(milliseconds: 0)
                return try await fixture.tracking.putTrace(Trace(id: TraceID(id), of: experiment, at: time, state: .ok))
            }
            for id in ["", "..", "a/b", "a.b", "é", String(repeating: "a", count: 51)] {
                await expectRefusal(.invalidParameterValue, "Invalid trace ID '\(id)'.") { try await put(id, in: home) }
            }
            await expectRefusal(.resourceDoesNotExist, "No Experiment with id=99 exists") {
                try await put("t", in: ExperimentID(number: 99))
            }
            await expectRefusal(.resourceDoesNotExist, "Trace with ID 't' not found.") {
                try await fixture.tracking.trace(TraceID("t"))
            }
            try await fixture.tracking.deleteExperiment(home, by: .local)
            await expectRefusal(.invalidParameterValue, "The experiment \(home) must be in the 'active' state.") {
                try await put("t", in: home)
            }
        }
    }

    @Test("has bounds: long texts are cut, long names and too many are refused", arguments: DatabaseBackend.allCases)
    func bounds(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let home = try await fixture.experiment()
            var trace = Trace(id: TraceID("t"), of: home, at: Timestamp(milliseconds: 0), state: .ok)
            let long = String(repeating: "x", count: 20_000)
            trace.requestPreview = long
            trace.metadata = [Tag(key: "m", value: long)]
            trace.tags = [Tag(key: "t", value: long)]
            let kept = try await fixture.tracking.putTrace(trace)
            #expect(kept.requestPreview?.count == 10_000)
            #expect(kept.metadata.first?.value.count == 8000 && kept.tags.last?.value.count == 8000)
            for (change, message) in [
                ({ $0.tags = [Tag(key: long, value: "")] }, "'tags' exceeds the maximum length of 250"),
                ({ $0.metadata = [Tag(key: "", value: "")] }, "A key in 'trace_metadata' is empty."),
                ({ $0.clientRequestID = long }, "'client_request_id' exceeds the maximum length of 250"),
                (
                    { $0.tags = (0...1000).map { Tag(key: "\($0)", value: "") } },
                    "A trace has at most 1000 'tags', not 1001."
                ),
            ] as [((inout Trace) -> Void, String)] {
                var other = trace
                change(&other)
                await expectRefusal(.invalidParameterValue, message) { [other] in
                    try await fixture.tracking.putTrace(other)
                }
            }
        }
    }

    @Test("has bounds that many calls do not stretch", arguments: DatabaseBackend.allCases)
    func boundsOfManyCalls(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let home = try await fixture.experiment()
            func items(_ numbers: Range<Int>) -> [Tag] { numbers.map { Tag(key: "\($0)", value: "") } }
            try await fixture.trace("t", in: home, tags: items(0..<600), metadata: items(0..<600))
            try await fixture.trace("t", in: home, tags: items(500..<999), metadata: items(600..<1000))
            let id = TraceID("t")
            try await tracking.setTraceTag(Tag(key: "last", value: ""), on: id)
            try await tracking.setTraceTag(Tag(key: "last", value: "again"), on: id)
            let (tags, metadata) = ("A trace has at most 1000 'tags'", "A trace has at most 1000 'trace_metadata'")
            await expectRefusal(.invalidParameterValue, tags) {
                try await tracking.setTraceTag(Tag(key: "more", value: ""), on: id)
            }
            await expectRefusal(.invalidParameterValue, tags) {
                try await fixture.trace("t", in: home, tags: items(999..<1000))
            }
            await expectRefusal(.invalidParameterValue, metadata) {
                try await fixture.trace("t", in: home, metadata: items(1000..<1001))
            }
            func end(_ tags: [Tag], _ metadata: [Tag]) async throws -> Trace {
                let time = Timestamp(milliseconds: 5)
                return try await tracking.endTrace(id, at: time, state: .ok, metadata: metadata, tags: tags)
            }
            await expectRefusal(.invalidParameterValue, tags) { try await end(items(999..<1000), []) }
            await expectRefusal(.invalidParameterValue, metadata) { try await end([], items(1000..<1001)) }
            let kept = try await end([Tag(key: "last", value: "")], items(0..<1))
            #expect(kept.tags.count == 1001 && kept.metadata.count == 1000)
        }
    }

    @Test("takes and loses tags, but for those that say where its spans are", arguments: DatabaseBackend.allCases)
    func tags(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let home = try await fixture.experiment()
            var trace = Trace(id: TraceID("t"), of: home, at: Timestamp(milliseconds: 0), state: .ok)
            trace.tags = [
                Tag(key: "mlflow.trace.spansLocation", value: "TRACKING_STORE"),
                Tag(key: "mlflow.artifactLocation", value: "s3://elsewhere"),
            ]
            let place = try await tracking.putTrace(trace).tags
            #expect(place.map(\.key) == ["mlflow.artifactLocation"] && place.first?.value.hasPrefix("mlflow-") == true)
            try await tracking.setTraceTag(Tag(key: "a", value: "1"), on: trace.id)
            try await tracking.setTraceTag(Tag(key: "a", value: "2"), on: trace.id)
            #expect(try await tracking.trace(trace.id).tags == [Tag(key: "a", value: "2")] + place)
            try await tracking.deleteTraceTag("a", on: trace.id)
            #expect(try await tracking.trace(trace.id).tags == place)
            await expectRefusal(.resourceDoesNotExist, "No trace tag with key 'a' for trace with ID 't'") {
                try await tracking.deleteTraceTag("a", on: trace.id)
            }
            for key in ["mlflow.artifactLocation", "mlflow.trace.spansLocation", "mlflow.trace.archiveLocation"] {
                await expectRefusal(.invalidParameterValue, "Tag '\(key)' is immutable and cannot be set on a trace.") {
                    try await tracking.setTraceTag(Tag(key: key, value: ""), on: trace.id)
                }
                await expectRefusal(.invalidParameterValue, "Tag '\(key)' is immutable and cannot be deleted") {
                    try await tracking.deleteTraceTag(key, on: trace.id)
                }
            }
            let nobody = TraceID("nobody")
            await expectRefusal(.resourceDoesNotExist, "Trace with ID 'nobody' not found.") {
                try await tracking.setTraceTag(Tag(key: "a", value: ""), on: nobody)
            }
            await expectRefusal(.resourceDoesNotExist, "Trace with ID 'nobody' not found.") {
                try await tracking.deleteTraceTag("a", on: nobody)
            }
        }
    }

    @Test("goes by its id, or with the oldest of its experiment", arguments: DatabaseBackend.allCases)
    func deletion(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let (one, two) = (try await fixture.experiment("one"), try await fixture.experiment("two"))
            for number in 0..<6 { try await fixture.trace("t\(number)", in: one, at: Int64(number)) }
            try await fixture.trace("other", in: two, at: 0)
            func delete(_ ids: [String] = [], until: Int64? = nil, max: Int64? = nil) async throws -> Int64 {
                let which = try TraceDeletion(
                    ids: ids.map { TraceID($0) },
                    until: until.map { Timestamp(milliseconds: $0) },
                    max: max
                )
                return try await tracking.deleteTraces(which, in: one, by: .local)
            }
            #expect(try await delete(["t5", "t5", "other", "nobody"]) == 1)
            #expect(try await delete(until: 3, max: 2) == 2)
            #expect(try await fixture.traces(in: [one, two]) == ["t4", "t3", "t2", "other"])
            #expect(try await delete(until: 3) == 2)
            #expect(try await delete(until: 3) == 0)
            #expect(try await fixture.traces(in: [one, two]) == ["t4", "other"])
            let activities = try await fixture.actions().filter { $0 == "experiment.traces_deleted" }
            #expect(activities.count == 3)
            for (ids, until, max, message) in [
                ([], nil, nil, "Either `max_timestamp_millis` or `trace_ids` must be specified."),
                (["a"], 1, nil, "Only one of `max_timestamp_millis` and `trace_ids` can be specified."),
                (["a"], nil, 1, "`max_traces` can't be specified if `trace_ids` is specified."),
                ([], 1, 0, "`max_traces` must be a positive integer, received 0."),
            ] as [([String], Int64?, Int64?, String)] {
                await expectRefusal(.invalidParameterValue, message) { try await delete(ids, until: until, max: max) }
            }
        }
    }

    @Test("goes by the hundred when there are more than one transaction takes", arguments: DatabaseBackend.allCases)
    func manyDeletions(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let home = try await fixture.experiment()
            _ = try await fixture.database.write { connection in
                try connection.execute(
                    """
                    INSERT INTO traces (trace_id, experiment_id, requested_at, state)
                    WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
                    SELECT 't' || n.i, CAST($1 AS BIGINT), n.i, 'OK' FROM n
                    """,
                    [.integer(home.number)]
                )
            }
            let which = try TraceDeletion(ids: [], until: Timestamp(milliseconds: 1150), max: 1101)
            #expect(try await fixture.tracking.deleteTraces(which, in: home, by: .local) == 1101)
            let rest = try TraceDeletion(ids: [], until: Timestamp(milliseconds: 9999), max: nil)
            #expect(try await fixture.tracking.deleteTraces(rest, in: home, by: .local) == 99)
        }
    }

    @Test("is found by a run that it was linked with, until the run is gone", arguments: DatabaseBackend.allCases)
    func links(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let home = try await fixture.experiment()
            let run = try await fixture.run(in: home)
            // The link may come before the trace.
            try await tracking.linkTraces([TraceID("late"), TraceID("early")], to: run)
            try await tracking.linkTraces([TraceID("late")], to: run)
            try await fixture.trace("late", in: home)
            try await fixture.trace("own", in: home, metadata: [Tag(key: "mlflow.sourceRun", value: run.text)])
            try await fixture.trace("no", in: home)
            #expect(try await fixture.traces("run_id = '\(run)'", in: [home]) == ["late", "own"])
            #expect(try await fixture.traces("metadata.`mlflow.sourceRun` = '\(run)'", in: [home]) == ["late", "own"])
            #expect(try await fixture.traces("run_id = 'other'", in: [home]) == [])
            await expectRefusal(.resourceDoesNotExist, "Run with id=nobody not found") {
                try await tracking.linkTraces([TraceID("late")], to: RunID("nobody"))
            }
            await expectRefusal(.invalidParameterValue, "Cannot link more than 100 traces to a run") {
                try await tracking.linkTraces((0...100).map { TraceID("\($0)") }, to: run)
            }
        }
    }
}

extension TrackingFixture {
    /// Tells of a trace that took 10 ms.
    @discardableResult
    func trace(
        _ id: String,
        in experiment: ExperimentID,
        at time: Int64 = 0,
        state: TraceState = .ok,
        tags: [Tag] = [],
        metadata: [Tag] = []
    ) async throws -> Trace {
        var trace = Trace(id: TraceID(id), of: experiment, at: Timestamp(milliseconds: time), state: state)
        trace.durationMs = 10
        trace.tags = tags
        trace.metadata = metadata
        return try await tracking.putTrace(trace)
    }

    /// The ids of the traces that `filter` finds, in their order.
    func traces(_ filter: String? = nil, orderBy: [String] = [], in experiments: [ExperimentID]) async throws
        -> [String]
    {
        let search = TraceSearch(experimentIDs: experiments, filter: filter, orderBy: orderBy, limit: 100)
        return try await tracking.searchTraces(search).items.map(\.id.text)
    }
}
