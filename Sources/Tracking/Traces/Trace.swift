package import Kernel

/// What a client tells of a call that it traced. Its spans lie among the artifacts, in the folder that the tag
/// `mlflow.artifactLocation` names, where clients put and fetch them themselves.
package struct Trace: Sendable {
    /// Its name for machines, which the client gave it.
    package let id: TraceID
    /// The experiment that it belongs to.
    package let experimentID: ExperimentID
    /// When it began.
    package var requestedAt: Timestamp
    /// How long it took, in milliseconds; nil as long as that is not known.
    package var durationMs: Int64?
    /// How it ended.
    package var state: TraceState
    /// What the client's own user calls the request.
    package var clientRequestID: String?
    /// The beginning of what was asked.
    package var requestPreview: String?
    /// The beginning of what was answered.
    package var responsePreview: String?
    /// What is said of it; as kept, in the order in which it was said.
    package var assessments: [Assessment] = []
    /// What the client noted of it, once and for all; as kept, in the order of the keys.
    package var metadata: [Tag] = []
    /// Its tags; as kept, in the order of the keys.
    package var tags: [Tag] = []

    /// The folder of its spans; empty until it is kept.
    package var artifactURI: String { tags.first { $0.key == TraceRules.artifactLocation }?.value ?? "" }

    /// The trace `id` of a call that began at `requestedAt`.
    package init(id: TraceID, of experimentID: ExperimentID, at requestedAt: Timestamp, state: TraceState) {
        self.id = id
        self.experimentID = experimentID
        self.requestedAt = requestedAt
        self.state = state
    }
}

/// How a traced call ended.
package enum TraceState: String, Sendable, CaseIterable {
    case unspecified = "STATE_UNSPECIFIED"
    case ok = "OK"
    case error = "ERROR"
    case inProgress = "IN_PROGRESS"
}

/// Which traces of an experiment are to be deleted.
package enum TraceDeletion: Sendable {
    /// These.
    case named([TraceID])
    /// Those that began until then, the oldest first, and not more than so many.
    case oldest(until: Timestamp, max: Int64?)

    /// What MLflow's four fields mean together.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when they name nothing, or two things.
    package init(ids: [TraceID], until time: Timestamp?, max: Int64?) throws {
        func refusal(_ message: String) -> MartletError { MartletError(.invalidParameterValue, message) }
        guard let time else {
            guard !ids.isEmpty else {
                throw refusal("Either `max_timestamp_millis` or `trace_ids` must be specified.")
            }
            guard max == nil else { throw refusal("`max_traces` can't be specified if `trace_ids` is specified.") }
            self = .named(ids)
            return
        }
        guard ids.isEmpty else {
            throw refusal("Only one of `max_timestamp_millis` and `trace_ids` can be specified.")
        }
        if let max, max <= 0 { throw refusal("`max_traces` must be a positive integer, received \(max).") }
        self = .oldest(until: time, max: max)
    }
}
