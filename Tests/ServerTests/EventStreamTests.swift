import Database
import Ledger
import TestSupport
import Testing
import Tracking

@testable import Server

@Suite("An event stream", .timeLimit(.minutes(1)))
struct EventStreamTests {
    private struct Enough: Error {}

    @Test("has what happens between the head of the answer and its first byte", arguments: [nil, Int64(1)])
    func gap(resumeAfter: Int64?) async throws {
        try await withTestDatabase(.sqlite, migrations: LedgerSchema.migrations) { database in
            let clock = ManualClock().clock
            let activities = ActivityLog(database: database, clock: clock)
            let tracking = TrackingService(
                database: database,
                activities: activities,
                clock: clock,
                artifactRoot: "mlflow-artifacts:"
            )
            try await Self.happen("before", activities, database)
            let stream = try await EventStream(
                topics: ["models"],
                resumeAfter: resumeAfter,
                activities: activities,
                tracking: tracking
            )
            try await Self.happen("meanwhile", activities, database)
            await #expect(throws: Enough.self) {
                try await stream.write { text in
                    guard text.contains("event: activity") else { return }
                    #expect(text.contains(#""subject_id":"meanwhile""#) && !text.contains(#""subject_id":"before""#))
                    throw Enough()
                }
            }
        }
    }

    /// An activity that is recorded, sealed and handed on.
    private static func happen(_ id: String, _ activities: ActivityLog, _ database: any SQLDatabase) async throws {
        let activity = NewActivity(Actor(name: "ada"), "model.updated", Subject("model", id), topics: ["models"])
        let last = try await activities.lastSequence()
        try await database.write { try activities.record(activity, on: $0) }
        while try await activities.seal() {}
        activities.sealed.send(try await activities.activities(after: last, limit: 10))
    }
}
