import HTTPTypes
import Hummingbird
import Kernel
import Ledger
import NIOCore
import Tracking

/// What happens, as a page sees it: one stream of server-sent events.
struct EventRoutes {
    static let topicsMax = 200
    let activities: ActivityLog
    let tracking: TrackingService

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        router.get("api/v1/events", use: stream)
    }

    @Sendable private func stream(_ request: Request, _ context: MartletContext) async throws -> Response {
        let names = (request.queryValue("topics") ?? "").split(separator: ",").map(String.init)
        guard !names.isEmpty, names.count <= Self.topicsMax else {
            throw MartletError(
                .invalidParameterValue,
                "'topics' must name 1 to \(Self.topicsMax) topics between commas: experiments, experiment:ID, runs, "
                    + "run:ID, models, endpoints, alerts, drift, webhooks."
            )
        }
        let lastSeen = request.headers[.lastEventID] ?? request.queryValue("last_event_id")
        let stream = try await EventStream(
            topics: Set(names),
            resumeAfter: lastSeen.flatMap { Int64($0) },
            activities: activities,
            tracking: tracking
        )
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                try await stream.write { text in try await writer.write(ByteBuffer(string: text)) }
                try await writer.finish(nil)
            }
        )
    }
}

extension HTTPField.Name {
    /// `Last-Event-ID`, which a browser sends when it takes up a stream again.
    static let lastEventID = HTTPField.Name(validated: "Last-Event-ID")
}
