import Database
import Kernel
import Ledger
import TestSupport
import Testing

@testable import Tracking

@Suite("An assessment of a trace")
struct AssessmentTests {
    private static func feedback(_ name: String = "good", _ value: JSON = true) -> Assessment {
        Assessment(name, .init(.feedback, ["value": value]), by: .init(.human, id: "ada"))
    }

    private static func withTrace(
        _ backend: DatabaseBackend,
        _ test: (TrackingService, TraceID, TrackingFixture) async throws -> Void
    ) async throws {
        try await withTracking(backend) { fixture in
            let trace = try await fixture.trace("t", in: try await fixture.experiment())
            try await test(fixture.tracking, trace.id, fixture)
        }
    }

    @Test("is kept as it was said, and stands in its trace", arguments: DatabaseBackend.allCases)
    func create(backend: DatabaseBackend) async throws {
        try await Self.withTrace(backend) { tracking, trace, fixture in
            var given = Self.feedback("Is it good?", ["rating": 4, "why": ["a", nil]])
            given.rationale = "because"
            given.metadata = [Tag(key: "b", value: "1"), Tag(key: "a", value: "")]
            given.spanID = "00f0"
            given.createdAt = Timestamp(milliseconds: 1234)
            var expected = try await tracking.createAssessment(given, of: trace)
            #expect(expected.id?.hasPrefix("a-") == true && expected.updatedAt == given.createdAt)
            given.id = expected.id
            given.updatedAt = given.createdAt
            #expect(expected == given)
            #expect(try await tracking.assessment(expected.id ?? "", of: trace) == given)
            let other = try await tracking.createAssessment(
                Assessment("right", .init(.expectation, ["value": "Paris"]), by: .init(.code, id: nil)),
                of: trace
            )
            #expect(other.createdAt != nil && other.updatedAt == other.createdAt && other.source.id == nil)
            expected = given
            #expect(try await tracking.trace(trace).assessments == [expected, other])
            let home = try await tracking.trace(trace).experimentID
            try await fixture.trace("u", in: home)
            #expect(try await tracking.traces([trace, TraceID("u")]).map(\.assessments.count) == [2, 0])
        }
    }

    @Test("that comes with its trace is kept once, however often it comes", arguments: DatabaseBackend.allCases)
    func told(backend: DatabaseBackend) async throws {
        try await Self.withTrace(backend) { tracking, id, _ in
            var trace = try await tracking.trace(id)
            var named = Self.feedback("named")
            named.id = "a-1"
            named.isValid = false
            trace.assessments = [Self.feedback(), Self.feedback(), named]
            let first = try await tracking.putTrace(trace).assessments
            #expect(first.count == 3 && Set(first.compactMap(\.id)).count == 3)
            #expect(first.first { $0.id == "a-1" }?.isValid == false)
            #expect(try await tracking.putTrace(trace).assessments.map(\.id) == first.map(\.id))
            trace.assessments = []
            #expect(try await tracking.putTrace(trace).assessments.count == 3)
        }
    }

    @Test("is changed in what is said, and in nothing else", arguments: DatabaseBackend.allCases)
    func update(backend: DatabaseBackend) async throws {
        try await Self.withTrace(backend) { tracking, trace, _ in
            var given = Self.feedback()
            given.rationale = "because"
            given.createdAt = Timestamp(milliseconds: 1)
            given.metadata = [Tag(key: "a", value: "1"), Tag(key: "b", value: "1")]
            let id = try await tracking.createAssessment(given, of: trace).id ?? ""
            var change = AssessmentChange()
            change.name = "better"
            change.metadata = [Tag(key: "b", value: "2"), Tag(key: "c", value: "3")]
            let named = try await tracking.updateAssessment(id, of: trace, change)
            #expect(named.name == "better" && named.rationale == "because" && named.statement == given.statement)
            #expect(named.metadata.map(\.value) == ["1", "2", "3"] && named.createdAt == given.createdAt)
            #expect(named.updatedAt != given.createdAt && named.source == given.source)
            change = AssessmentChange()
            change.statement = .init(.feedback, ["value": 5])
            change.rationale = ""
            let said = try await tracking.updateAssessment(id, of: trace, change)
            #expect(said.statement.fields == ["value": 5] && said.rationale == "" && said.name == "better")
            #expect(try await tracking.assessment(id, of: trace) == said)
            change.statement = .init(.expectation, ["value": 5])
            await expectRefusal(.invalidParameterValue, "Cannot update expectation value on an assessment") {
                [change] in try await tracking.updateAssessment(id, of: trace, change)
            }
            await expectRefusal(.resourceDoesNotExist, "Assessment with ID 'a-0' not found for trace 't'") {
                [change] in try await tracking.updateAssessment("a-0", of: trace, change)
            }
        }
    }

    @Test("stands in another's place until it is deleted", arguments: DatabaseBackend.allCases)
    func overrides(backend: DatabaseBackend) async throws {
        try await Self.withTrace(backend) { tracking, trace, _ in
            let first = try await tracking.createAssessment(Self.feedback(), of: trace).id ?? ""
            var given = Self.feedback("good", false)
            given.overrides = first
            let second = try await tracking.createAssessment(given, of: trace)
            let third = try await tracking.createAssessment(given, of: trace)
            #expect(second.isValid && second.overrides == first)
            func isValid() async throws -> Bool { try await tracking.assessment(first, of: trace).isValid }
            #expect(try await !isValid())
            // To be told again, or changed, does not bring it back.
            _ = try await tracking.updateAssessment(first, of: trace, AssessmentChange())
            #expect(try await !isValid())
            try await tracking.deleteAssessment(second.id ?? "", of: trace)
            #expect(try await !isValid())
            try await tracking.deleteAssessment(third.id ?? "", of: trace)
            #expect(try await isValid())
            // Deleting what is gone is no fault.
            try await tracking.deleteAssessment(third.id ?? "", of: trace)
            #expect(try await tracking.trace(trace).assessments.map(\.id) == [first])
            given.overrides = "a-0"
            await expectRefusal(.resourceDoesNotExist, "Assessment with ID 'a-0' not found for trace 't'") {
                [given] in try await tracking.createAssessment(given, of: trace)
            }
        }
    }

    @Test("has bounds, and needs its trace", arguments: DatabaseBackend.allCases)
    func refusals(backend: DatabaseBackend) async throws {
        try await Self.withTrace(backend) { tracking, trace, _ in
            let long = String(repeating: "x", count: 70_000)
            for (change, message) in [
                ({ $0.name = "" }, "'assessment_name' must have 1 to 250 characters"),
                ({ $0.name = String(long.prefix(251)) }, "'assessment_name' must have 1 to 250 characters"),
                ({ $0.id = String(long.prefix(51)) }, "Invalid value 'xxx"),
                ({ $0.rationale = long }, "The assessment 'good' has 70017 bytes. At most 65536 are kept."),
                ({ $0.metadata = [Tag(key: "a", value: long)] }, "The assessment 'good' has 7001"),
            ] as [((inout Assessment) -> Void, String)] {
                var given = Self.feedback()
                change(&given)
                await expectRefusal(.invalidParameterValue, message) { [given] in
                    try await tracking.createAssessment(given, of: trace)
                }
            }
            var taken = Self.feedback()
            taken.id = "a-1"
            _ = try await tracking.createAssessment(taken, of: trace)
            await expectRefusal(.resourceAlreadyExists, "Assessment with ID 'a-1' exists already for trace 't'.") {
                [taken] in try await tracking.createAssessment(taken, of: trace)
            }
            var full = try await tracking.trace(trace)
            full.assessments = (0..<249).map { Self.feedback("\($0)") }
            #expect(try await tracking.putTrace(full).assessments.count == 250)
            await expectRefusal(.invalidParameterValue, "A trace has at most 250 assessments.") {
                try await tracking.createAssessment(Self.feedback("more"), of: trace)
            }
            let nobody = TraceID("nobody")
            await expectRefusal(.resourceDoesNotExist, "Trace with ID 'nobody' not found.") {
                try await tracking.createAssessment(Self.feedback(), of: nobody)
            }
            await expectRefusal(.resourceDoesNotExist, "Trace with ID 'nobody' not found.") {
                try await tracking.assessment("a-1", of: nobody)
            }
            await expectRefusal(.resourceDoesNotExist, "Trace with ID 'nobody' not found.") {
                try await tracking.deleteAssessment("a-1", of: nobody)
            }
        }
    }

    @Test("goes with its trace", arguments: DatabaseBackend.allCases)
    func deletion(backend: DatabaseBackend) async throws {
        try await Self.withTrace(backend) { tracking, trace, fixture in
            _ = try await tracking.createAssessment(Self.feedback(), of: trace)
            let home = try await tracking.trace(trace).experimentID
            let which = try TraceDeletion(ids: [trace], until: nil, max: nil)
            #expect(try await tracking.deleteTraces(which, in: home, by: .local) == 1)
            let count = try await fixture.database.read { connection in
                try connection.first("SELECT COUNT(*) FROM trace_assessments", []) { try $0.integer(0) }
            }
            #expect(count == 0)
        }
    }
}
