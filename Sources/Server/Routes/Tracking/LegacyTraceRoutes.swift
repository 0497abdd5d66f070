import Hummingbird
import Kernel
import Tracking

/// MLflow 2's calls on traces, which tell of one when it begins and again when it ends.
struct LegacyTraceRoutes {
    let tracking: TrackingService

    /// Adds the routes below `…/2.0/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("traces", use: start)
        group.patch("traces/:id", use: end)
        group.get("traces/:id/info", use: get)
        group.get("traces", use: search)
    }

    @Sendable private func start(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await fields(of: request)
        let trace = try await tracking.startTrace(
            in: try ExperimentID(try fields.requiredString("experiment_id")),
            at: Timestamp(milliseconds: try fields.requiredInteger("timestamp_ms")),
            metadata: try tags("request_metadata", fields),
            tags: try tags("tags", fields)
        )
        return answer(trace)
    }

    @Sendable private func end(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await fields(of: request)
        let state = try fields.choice("status", named: TraceState.init(status:), numberedFrom: 0)
        let trace = try await tracking.endTrace(
            TraceID(try context.parameters.require("id")),
            at: Timestamp(milliseconds: try fields.requiredInteger("timestamp_ms")),
            state: state ?? .unspecified,
            metadata: try tags("request_metadata", fields),
            tags: try tags("tags", fields)
        )
        return answer(trace)
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        answer(try await tracking.trace(TraceID(try context.parameters.require("id"))))
    }

    @Sendable private func search(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        guard try fields.value("experiment_ids") != nil else { throw fields.missing("experiment_ids") }
        let page = try await tracking.searchTraces(
            TraceSearch(
                experimentIDs: try fields.strings("experiment_ids").map { try ExperimentID($0) },
                filter: try fields.string("filter"),
                orderBy: try fields.strings("order_by"),
                limit: try fields.limit(default: TraceRoutes.pageDefault, max: TraceRoutes.pageMax),
                page: try fields.page()
            )
        )
        return .json { $0.page("traces", page) { $0.legacyTrace($1) } }
    }

    private func fields(of request: Request) async throws -> MLflowFields {
        MLflowFields(body: try await MLflowFields.body(of: request, max: TraceRoutes.traceBytesMax))
    }

    private func tags(_ name: String, _ fields: MLflowFields) throws -> [Tag] {
        try fields.tags(name).map { Tag(key: $0.key, value: $0.value) }
    }

    private func answer(_ trace: Trace) -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("trace_info")
                writer.legacyTrace(trace)
            }
        }
    }
}

extension TraceState {
    private static let unspecifiedStatus = "TRACE_STATUS_UNSPECIFIED"

    /// What MLflow 2 calls `status`.
    fileprivate init?(status: String) {
        self.init(rawValue: status == Self.unspecifiedStatus ? TraceState.unspecified.rawValue : status)
    }

    fileprivate var status: String { self == .unspecified ? Self.unspecifiedStatus : rawValue }
}

extension JSONWriter {
    fileprivate mutating func legacyTrace(_ trace: Trace) {
        object { writer in
            writer.member("request_id", trace.id.text)
            writer.member("experiment_id", trace.experimentID.description)
            writer.member("timestamp_ms", trace.requestedAt)
            writer.member("execution_time_ms", trace.durationMs ?? 0)
            writer.member("status", trace.state.status)
            writer.member("request_metadata", unlessEmpty: trace.metadata) { $0.tag($1) }
            writer.member("tags", unlessEmpty: trace.tags) { $0.tag($1) }
        }
    }
}
