import Hummingbird
import Kernel
import Tracking

/// MLflow's calls on traces.
struct TraceRoutes {
    static let pageDefault = 100
    static let pageMax = 500
    /// The largest description of one trace; its spans are not in it.
    static let traceBytesMax = 1 << 20
    let tracking: TrackingService

    /// Adds the routes below `…/mlflow`; `version` is the one of the path, for MLflow has made traces anew with 3.0.
    func add(to group: RouterGroup<MartletContext>, version: String) {
        group.patch("traces/:id/tags", use: setTag)
        group.delete("traces/:id/tags", use: deleteTag)
        group.post("traces/delete-traces", use: delete)
        group.post("traces/link-to-run", use: link)
        guard version == "3.0" else { return }
        group.post("traces", use: put)
        group.get("traces/:id", use: get)
        group.post("traces/search", use: search)
        group.post("traces/batchGetInfos", use: getSeveral)
    }

    @Sendable private func put(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(body: try await MLflowFields.body(of: request, max: Self.traceBytesMax))
        let info = try fields.requiredObject("trace").requiredObject("trace_info")
        return answer(try await tracking.putTrace(try Self.trace(info)))
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        answer(try await tracking.trace(try id(context)))
    }

    @Sendable private func getSeveral(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let traces = try await tracking.traces(try fields.strings("trace_ids").map { TraceID($0) })
        return .json { writer in
            writer.object { writer in writer.member("trace_infos", unlessEmpty: traces) { $0.trace($1) } }
        }
    }

    @Sendable private func search(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        guard try fields.value("locations") != nil else { throw fields.missing("locations") }
        // Places of another kind than experiments are another service's.
        let locations = try fields.objects("locations").filter { try $0.value("mlflow_experiment") != nil }
        let page = try await tracking.searchTraces(
            TraceSearch(
                experimentIDs: try locations.map(Self.experiment),
                filter: try fields.string("filter"),
                orderBy: try fields.strings("order_by"),
                limit: try fields.limit(default: Self.pageDefault, max: Self.pageMax),
                page: try fields.page()
            )
        )
        return .json { $0.page("traces", page) { $0.trace($1) } }
    }

    @Sendable private func setTag(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let tag = Tag(key: try fields.requiredString("key"), value: try fields.string("value") ?? "")
        try await tracking.setTraceTag(tag, on: try id(context))
        return .emptyObject
    }

    @Sendable private func deleteTag(_ request: Request, _ context: MartletContext) async throws -> Response {
        let key = try await MLflowFields(request).requiredString("key")
        try await tracking.deleteTraceTag(key, on: try id(context))
        return .emptyObject
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let experiment = try ExperimentID(try fields.requiredString("experiment_id"))
        let which = try TraceDeletion(
            ids: try fields.strings("request_ids").map { TraceID($0) },
            until: try fields.integer("max_timestamp_millis").map(Timestamp.init(milliseconds:)),
            max: try fields.integer("max_traces")
        )
        let count = try await tracking.deleteTraces(which, in: experiment, by: context.actor)
        return .json { writer in writer.object { $0.member("traces_deleted", count) } }
    }

    @Sendable private func link(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let ids = try fields.strings("trace_ids").map { TraceID($0) }
        try await tracking.linkTraces(ids, to: try fields.runID())
        return .emptyObject
    }

    // MARK: Fields

    private func id(_ context: MartletContext) throws -> TraceID {
        TraceID(try context.parameters.require("id"))
    }

    private static func experiment(_ location: MLflowFields) throws -> ExperimentID {
        try ExperimentID(try location.requiredObject("mlflow_experiment").requiredString("experiment_id"))
    }

    private static func trace(_ info: MLflowFields) throws -> Trace {
        var trace = Trace(
            id: TraceID(try info.requiredString("trace_id")),
            of: try experiment(try info.requiredObject("trace_location")),
            at: try time(info, "request_time", ProtobufTime.timestamp(_:)) ?? Timestamp(milliseconds: 0),
            state: try info.choice("state", numberedFrom: 0) ?? .unspecified
        )
        trace.durationMs = try time(info, "execution_duration", ProtobufTime.milliseconds(_:))
        trace.clientRequestID = try info.string("client_request_id")
        trace.requestPreview = try info.string("request_preview")
        trace.responsePreview = try info.string("response_preview")
        trace.assessments = try info.objects("assessments").map { try Assessment($0) }
        trace.metadata = try info.namedTexts("trace_metadata").map { Tag(key: $0.name, value: $0.text) }
        trace.tags = try info.namedTexts("tags").map { Tag(key: $0.name, value: $0.text) }
        return trace
    }

    static func time<Time>(_ info: MLflowFields, _ name: String, _ read: (String) -> Time?) throws -> Time? {
        guard let text = try info.string(name) else { return nil }
        guard let time = read(text) else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid value '\(text.prefix(100))' for '\(name)'. It must be written as protobuf does in JSON."
            )
        }
        return time
    }

    private func answer(_ trace: Trace) -> Response {
        .json { writer in
            writer.object { writer in
                writer.member("trace") { writer in
                    writer.name("trace_info")
                    writer.trace(trace)
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func trace(_ trace: Trace) {
        object { writer in
            writer.member("trace_id", trace.id.text)
            writer.member("client_request_id", ifPresent: trace.clientRequestID)
            writer.member("trace_location") { writer in
                writer.member("type", "MLFLOW_EXPERIMENT")
                writer.member("mlflow_experiment") { $0.member("experiment_id", trace.experimentID.description) }
            }
            writer.member("request_preview", ifPresent: trace.requestPreview)
            writer.member("response_preview", ifPresent: trace.responsePreview)
            writer.member("request_time", ProtobufTime.text(trace.requestedAt))
            writer.member("execution_duration", ifPresent: trace.durationMs.map(ProtobufTime.text(milliseconds:)))
            writer.member("state", trace.state.rawValue)
            writer.member("trace_metadata") { writer in
                for item in trace.metadata { writer.member(data: item) }
            }
            writer.member("assessments", unlessEmpty: trace.assessments) { $0.assessment($1, of: trace.id) }
            writer.member("tags") { writer in
                for tag in trace.tags { writer.member(data: tag) }
            }
        }
    }

    private mutating func member(data item: Tag) {
        name(data: item.key)
        value(item.value)
    }
}
