import Database
import Kernel
import TestSupport
import Testing

@testable import Tracking

@Suite("Traces from another tracking server")
struct TraceAdmissionTests {
    private static let id = TraceID("tr-0123456789abcdef0123456789abcdef")
    private static let run = RunID("0123456789abcdef0123456789abcdef")

    private func trace(_ state: TraceState, tags: [Tag]) -> Trace {
        var trace = Trace(
            id: Self.id,
            of: ExperimentID(number: 5),
            at: Timestamp(milliseconds: 20),
            state: state
        )
        trace.requestPreview = "asked"
        trace.tags = tags + [Tag(key: TraceRules.artifactLocation, value: "mlflow-artifacts:/elsewhere")]
        trace.metadata = [Tag(key: "m", value: "1")]
        return trace
    }

    private func said(_ id: String, overrides: String? = nil) -> Assessment {
        var said = Assessment("good", .init(.feedback, ["value": true]), by: .init(.human, id: "me"))
        said.id = id
        said.createdAt = Timestamp(milliseconds: 21)
        said.updatedAt = Timestamp(milliseconds: 22)
        said.overrides = overrides
        return said
    }

    private func admit(_ traces: [Trace], _ world: TrackingFixture) async throws {
        let experiment = Experiment(
            admitted: ExperimentID(number: 5),
            name: "e",
            artifactLocation: "mlflow-artifacts:/5",
            isActive: true,
            createdAt: Timestamp(milliseconds: 11),
            updatedAt: Timestamp(milliseconds: 12)
        )
        let run = AdmittedRun(id: Self.run, experimentID: experiment.id, artifactURI: "s3://bucket/run")
        try await world.database.write { connection in
            try world.tracking.admit([experiment], on: connection)
            try world.tracking.admit([run], on: connection)
            try world.tracking.admit(traces, in: [], on: connection)
            let links = [Owned(Self.id, Self.run), Owned(Self.id, RunID("none"))]
            try world.tracking.admit(links, on: connection)
        }
    }

    @Test("keep what they have, and get what they have not yet", arguments: DatabaseBackend.allCases)
    func again(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { world in
            var first = trace(.ok, tags: [Tag(key: "t", value: "first")])
            first.assessments = [said("a-1")]
            try await admit([first], world)
            var second = trace(.error, tags: [Tag(key: "t", value: "second"), Tag(key: "u", value: "new")])
            second.assessments = [said("a-1"), said("a-2", overrides: "a-1")]
            try await admit([second], world)
            let kept = try await world.tracking.trace(Self.id)
            #expect(kept.state == .ok)
            #expect(kept.artifactURI == "mlflow-artifacts:/elsewhere")
            let tags = kept.tags.filter { $0.key != TraceRules.artifactLocation }
            #expect(tags == [Tag(key: "t", value: "first"), Tag(key: "u", value: "new")])
            #expect(kept.assessments.map(\.id) == ["a-1", "a-2"])
            #expect(kept.assessments.map(\.isValid) == [false, true])
            let runs = try await world.database.read { try world.tracking.runs(ofTraces: [Self.id], on: $0) }
            #expect(runs.map(\.value) == [Self.run])
        }
    }

    @Test("become whole when they had not ended before", arguments: DatabaseBackend.allCases)
    func ended(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { world in
            try await admit([trace(.inProgress, tags: [Tag(key: "t", value: "first")])], world)
            var end = trace(.ok, tags: [Tag(key: "t", value: "last")])
            end.durationMs = 7
            end.responsePreview = "answered"
            try await admit([end], world)
            let kept = try await world.tracking.trace(Self.id)
            #expect(kept.state == .ok)
            #expect(kept.durationMs == 7)
            #expect(kept.requestPreview == "asked" && kept.responsePreview == "answered")
            #expect(kept.tags.contains(Tag(key: "t", value: "last")))
        }
    }
}
