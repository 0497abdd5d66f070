import Kernel
import TestSupport
import Testing

@testable import Tracking

@Suite("A trace of MLflow 2")
struct LegacyTraceTests {
    @Test("begins under an id of the server, and ends with what is added", arguments: DatabaseBackend.allCases)
    func startAndEnd(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let home = try await fixture.experiment()
            let items = [Tag(key: "a", value: "1"), Tag(key: "b", value: "1")]
            let begun = try await tracking.startTrace(
                in: home,
                at: Timestamp(milliseconds: 1000),
                metadata: items,
                tags: items
            )
            #expect(begun.state == .inProgress && begun.durationMs == nil && begun.id.text.utf8.count == 32)
            #expect(begun.tags.last?.key == "mlflow.artifactLocation" && begun.metadata == items)
            let place = Tag(key: "mlflow.artifactLocation", value: "s3://elsewhere")
            let ended = try await tracking.endTrace(
                begun.id,
                at: Timestamp(milliseconds: 3000),
                state: .ok,
                metadata: [Tag(key: "b", value: "2")],
                tags: [Tag(key: "c", value: "3"), place]
            )
            #expect(ended.state == .ok && ended.durationMs == 2000 && ended.requestedAt == begun.requestedAt)
            #expect(ended.metadata.map(\.value) == ["1", "2"])
            #expect(ended.tags.dropLast() == items + [Tag(key: "c", value: "3")] && ended.tags.last == begun.tags.last)
            await expectRefusal(.resourceDoesNotExist, "Trace with ID 'nobody' not found.") {
                try await tracking.endTrace(
                    TraceID("nobody"),
                    at: begun.requestedAt,
                    state: .ok,
                    metadata: [],
                    tags: []
                )
            }
            await expectRefusal(.invalidParameterValue, "The trace '\(begun.id)' can't have ended at ") {
                let never = Timestamp(milliseconds: .min)
                return try await tracking.endTrace(begun.id, at: never, state: .ok, metadata: [], tags: [])
            }
        }
    }
}
