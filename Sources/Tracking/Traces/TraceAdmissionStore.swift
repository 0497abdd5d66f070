import Database
import Kernel

/// The SQL that takes in traces of another tracking server.
enum TraceAdmissionStore {
    /// Keeps the traces that are not there, and of those that are what they have not yet.
    static func insert(_ traces: [Trace], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            INSERT INTO traces
                (trace_id, experiment_id, requested_at, duration_ms, state, client_request_id, request_preview,
                 response_preview)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
            """,
            traces.map { trace in
                [
                    .text(trace.id.text), .integer(trace.experimentID.number),
                    .integer(trace.requestedAt.milliseconds), .integer(trace.durationMs),
                    .text(trace.state.rawValue), .text(trace.clientRequestID), .text(trace.requestPreview),
                    .text(trace.responsePreview),
                ]
            }
        )
        try connection.executeBatch(
            "INSERT INTO trace_metadata (trace_id, key, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            traces.flatMap { trace in trace.metadata.map { row($0, of: trace) } }
        )
        try connection.executeBatch(
            "INSERT INTO trace_tags (trace_id, key, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            traces.flatMap { trace in trace.tags.map { row($0, of: trace) } }
        )
        for trace in traces where !trace.assessments.isEmpty {
            try AssessmentStore.admit(trace.assessments, of: trace.id, on: connection)
        }
    }

    /// Those of `ids` that are there and had not ended when they were told.
    static func unfinished(_ ids: [TraceID], on connection: any SQLConnection) throws -> Set<TraceID> {
        var found: Set<TraceID> = []
        for chunk in ids.chunks(ofCount: ownersMax) {
            found.formUnion(
                try connection.query(
                    "SELECT trace_id FROM traces WHERE state = $1 AND trace_id IN ("
                        + .parameters(from: 2, count: chunk.count) + ")",
                    [.text(TraceState.inProgress.rawValue)] + chunk.map { .text($0.text) }
                ) { TraceID(try $0.text(0)) }
            )
        }
        return found
    }

    /// The runs to which `traces`, at most a thousand, were linked.
    static func runs(of traces: [TraceID], on connection: any SQLConnection) throws -> [Owned<TraceID, RunID>] {
        guard !traces.isEmpty else { return [] }
        return try connection.query(
            "SELECT t.trace_id, r.run_id FROM trace_runs t JOIN runs r ON r.run_number = t.run_number "
                + "WHERE t.trace_id IN (" + .parameters(from: 1, count: traces.count) + ")",
            traces.map { .text($0.text) }
        ) { row in Owned(TraceID(try row.text(0)), RunID(try row.text(1))) }
    }

    private static func row(_ tag: Tag, of trace: Trace) -> [SQLValue] {
        [.text(trace.id.text), .text(tag.key), .text(tag.value)]
    }
}
