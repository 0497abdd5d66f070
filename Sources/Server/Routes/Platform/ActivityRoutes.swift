import Hummingbird
import Kernel
import Ledger

/// The audit trail.
struct ActivityRoutes {
    static let pageMax = 1000
    let activities: ActivityLog

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        router.get("api/v1/activities", use: list)
    }

    @Sendable private func list(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(queryOf: request)
        let limit = try fields.limit("limit", default: 100, max: Self.pageMax)
        let items =
            if let after = try fields.integer("after") {
                try await activities.activities(after: after, limit: limit)
            } else {
                try await activities.newest(limit: limit)
            }
        return .json { writer in
            writer.object { writer in
                writer.name("activities")
                writer.array { writer in for item in items { writer.activity(item) } }
            }
        }
    }
}

extension JSONWriter {
    /// An activity as the API shows it.
    mutating func activity(_ activity: Activity) {
        object { writer in
            writer.member("sequence", activity.sequence)
            writer.member("at", activity.at)
            writer.member("actor", activity.actor.name)
            writer.member("action", activity.action)
            writer.member("subject_kind", activity.subject.kind)
            writer.member("subject_id", activity.subject.id)
            writer.member("outcome", "succeeded")
            writer.name("details")
            writer.value(.object(activity.details))
            writer.name("topics")
            writer.array { writer in for topic in activity.topics { writer.value(topic) } }
            writer.member("hash", activity.hash)
        }
    }
}
