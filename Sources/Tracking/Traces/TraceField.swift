import Database
import Kernel

/// What traces are searched and ordered by.
enum TraceField: Hashable {
    case attribute(TraceAttribute)
    case tag(String)
    case metadata(String)

    /// MLflow's names of attributes, and with them those of the fields in a trace's description.
    private static let attributes: [String: TraceField] = [
        "request_id": .attribute(.id), "trace_id": .attribute(.id),
        "experiment_id": .attribute(.experiment),
        "timestamp_ms": .attribute(.requestedAt), "timestamp": .attribute(.requestedAt),
        "request_time": .attribute(.requestedAt),
        "execution_time_ms": .attribute(.duration), "execution_time": .attribute(.duration),
        "execution_duration": .attribute(.duration),
        "end_time_ms": .attribute(.endedAt), "end_time": .attribute(.endedAt),
        "status": .attribute(.state), "state": .attribute(.state),
        "client_request_id": .attribute(.clientRequestID),
        "name": .tag(TraceRules.name),
        "run_id": .metadata(TraceRules.sourceRun),
    ]

    /// The field that a filter or an order calls `entity.key`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`, also for what lies in spans, which the server does not read.
    init(_ entity: String?, _ key: String) throws {
        switch entity {
        case "tag"?, "tags"?: self = .tag(key)
        case "metadata"?, "request_metadata"?: self = .metadata(key)
        case nil, "attribute"?, "attributes"?, "trace"?:
            guard let field = Self.attributes[key] else {
                throw MartletError(
                    .invalidParameterValue,
                    "Invalid attribute key '\(key.prefix(100))' specified. Valid keys are "
                        + PythonText.list(Self.attributes.keys.sorted())
                )
            }
            self = field
        case "span"?, "feedback"?, "expectation"?, "issue"?:
            throw MartletError(
                .invalidParameterValue,
                "Traces can't be searched by '\(entity ?? "").\(key.prefix(100))': this server looks into attributes, "
                    + "tags and metadata, not into spans and assessments."
            )
        case let other?:
            throw MartletError(
                .invalidParameterValue,
                "Invalid entity type '\(other.prefix(200))'. Valid values are ['attribute', 'tag', 'metadata']"
            )
        }
    }

    /// It as ORDER BY takes it, in a direction; what is missing comes last either way.
    func orderKey(isAscending: Bool, _ query: inout SearchQuery) -> SQLText {
        let direction: SQLText = isAscending ? " ASC" : " DESC"
        switch self {
        case .attribute(let attribute):
            // An index is in this order only as long as nothing is said of NULLs.
            return attribute.column + direction + (attribute.isAlwaysThere ? "" : " NULLS LAST")
        case .tag(let key): return value("trace_tags", key, &query) + direction + " NULLS LAST"
        case .metadata(let key): return value("trace_metadata", key, &query) + direction + " NULLS LAST"
        }
    }

    /// A condition on it.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it can't be compared so.
    func sql(_ condition: FilterCondition, _ query: inout SearchQuery) throws -> SQLText {
        switch self {
        case .attribute(let attribute) where attribute.isNumber:
            return try query.number(
                attribute.column,
                condition,
                isWhole: true,
                kind: "numeric attribute: \(condition.key)"
            )
        case .attribute(let attribute): return try query.text(attribute.column, condition)
        case .tag(let key): return try keyed("trace_tags", key, condition, &query, kind: "tag")
        case .metadata(let key):
            let test = try keyed("trace_metadata", key, condition, &query, kind: "metadata")
            guard key == TraceRules.sourceRun, condition.comparison == .equal else { return test }
            // As in MLflow, a run that the trace was linked with later counts too.
            let run = try query.text("r.run_id", condition, kind: "metadata")
            return "(" + test + " OR EXISTS (SELECT 1 FROM trace_runs AS l JOIN runs AS r "
                + "ON r.run_number = l.run_number WHERE l.trace_id = traces.trace_id AND " + run + "))"
        }
    }

    private func value(_ table: SQLText, _ key: String, _ query: inout SearchQuery) -> SQLText {
        "(SELECT d.value FROM " + table + " AS d WHERE d.trace_id = traces.trace_id AND d.key = "
            + query.bind(.text(key)) + ")"
    }

    private func keyed(
        _ table: SQLText,
        _ key: String,
        _ condition: FilterCondition,
        _ query: inout SearchQuery,
        kind: String
    ) throws -> SQLText {
        let row =
            "SELECT 1 FROM " + table + " AS d WHERE d.trace_id = traces.trace_id AND d.key = "
            + query.bind(.text(key))
        switch condition.comparison {
        case .isNull: return "NOT EXISTS (" + row + ")"
        case .isNotNull: return "EXISTS (" + row + ")"
        default: return "EXISTS (" + row + " AND " + (try query.text("d.value", condition, kind: kind)) + ")"
        }
    }
}

/// A column of traces that searches know.
enum TraceAttribute: Hashable {
    case id, experiment, requestedAt, duration, endedAt, state, clientRequestID

    var column: SQLText {
        switch self {
        case .id: "traces.trace_id"
        case .experiment: "traces.experiment_id"
        case .requestedAt: "traces.requested_at"
        case .duration: "traces.duration_ms"
        case .endedAt: "(traces.requested_at + COALESCE(traces.duration_ms, 0))"
        case .state: "traces.state"
        case .clientRequestID: "traces.client_request_id"
        }
    }

    var isNumber: Bool {
        switch self {
        case .experiment, .requestedAt, .duration, .endedAt: true
        case .id, .state, .clientRequestID: false
        }
    }

    /// Whether each trace has it.
    var isAlwaysThere: Bool {
        switch self {
        case .id, .experiment, .requestedAt, .endedAt, .state: true
        case .duration, .clientRequestID: false
        }
    }
}
