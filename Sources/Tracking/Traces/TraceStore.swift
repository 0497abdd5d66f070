import Database
import Kernel

/// The SQL of traces, their metadata, tags and runs.
enum TraceStore {
    /// Keeps a trace without its assessments; what was kept of it before stays where the new one says nothing else.
    static func put(_ trace: Trace, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO traces
                (trace_id, experiment_id, requested_at, duration_ms, state, client_request_id, request_preview,
                 response_preview)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (trace_id) DO UPDATE SET requested_at = excluded.requested_at,
                duration_ms = excluded.duration_ms, state = excluded.state,
                client_request_id = excluded.client_request_id,
                request_preview = COALESCE(excluded.request_preview, traces.request_preview),
                response_preview = COALESCE(excluded.response_preview, traces.response_preview)
            """,
            [
                .text(trace.id.text), .integer(trace.experimentID.number), .integer(trace.requestedAt.milliseconds),
                .integer(trace.durationMs), .text(trace.state.rawValue), .text(trace.clientRequestID),
                .text(trace.requestPreview), .text(trace.responsePreview),
            ]
        )
        try connection.executeBatch(
            """
            INSERT INTO trace_metadata (trace_id, key, value) VALUES ($1, $2, $3)
            ON CONFLICT (trace_id, key) DO UPDATE SET value = excluded.value
            """,
            trace.metadata.map { [.text(trace.id.text), .text($0.key), .text($0.value)] }
        )
        try setTags(trace.tags, of: trace.id, on: connection)
    }

    static func setTags(_ tags: [Tag], of id: TraceID, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            INSERT INTO trace_tags (trace_id, key, value) VALUES ($1, $2, $3)
            ON CONFLICT (trace_id, key) DO UPDATE SET value = excluded.value
            """,
            tags.map { [.text(id.text), .text($0.key), .text($0.value)] }
        )
    }

    /// How many the trace has besides the one that says where its spans are.
    static func tagCount(of id: TraceID, on connection: any SQLConnection) throws -> Int {
        try connection.first(
            "SELECT COUNT(*) FROM trace_tags WHERE trace_id = $1 AND key <> $2",
            [.text(id.text), .text(TraceRules.artifactLocation)]
        ) { Int(try $0.integer(0)) } ?? 0
    }

    /// Answers whether the tag was there.
    static func deleteTag(_ key: String, of id: TraceID, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "DELETE FROM trace_tags WHERE trace_id = $1 AND key = $2",
            [.text(id.text), .text(key)]
        ) > 0
    }

    /// Links traces, also such as are not there yet, to a run.
    static func link(_ ids: [TraceID], toRun number: Int64, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "INSERT INTO trace_runs (trace_id, run_number) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            ids.map { [.text($0.text), .integer(number)] }
        )
    }

    static func find(_ id: TraceID, on connection: any SQLConnection) throws -> Trace? {
        try find([id], on: connection).first
    }

    /// Those of `ids`, at most a thousand, that are there, in the order of their ids.
    static func find(_ ids: [TraceID], on connection: any SQLConnection) throws -> [Trace] {
        guard !ids.isEmpty else { return [] }
        return try search(
            "WHERE trace_id IN (" + .parameters(from: 1, count: ids.count) + ") ORDER BY trace_id",
            ids.map { .text($0.text) },
            on: connection
        )
    }

    /// The traces that `condition`, which follows FROM, selects.
    static func search(_ condition: SQLText, _ parameters: [SQLValue], on connection: any SQLConnection) throws
        -> [Trace]
    {
        try withData(connection.query(columns + condition, parameters, trace), on: connection)
    }

    /// The one row of counts that `statement` gives.
    static func correlation(_ statement: SQLText, _ parameters: [SQLValue], on connection: any SQLConnection) throws
        -> TraceCorrelation?
    {
        try connection.first(statement, parameters) { row in
            TraceCorrelation(
                total: try row.integer(0),
                first: try row.integer(1),
                second: try row.integer(2),
                both: try row.integer(3)
            )
        }
    }

    /// Where the experiment of the trace `id` is, without the rest of it; nil when there is no such trace.
    static func experiment(of id: TraceID, on connection: any SQLConnection) throws -> ExperimentID? {
        try connection.first("SELECT experiment_id FROM traces WHERE trace_id = $1", [.text(id.text)]) { row in
            ExperimentID(number: try row.integer(0))
        }
    }

    /// Those of `ids`, at most a thousand, that are there.
    static func known(_ ids: [TraceID], on connection: any SQLConnection) throws -> [TraceID] {
        guard !ids.isEmpty else { return [] }
        return try connection.query(
            "SELECT trace_id FROM traces WHERE trace_id IN (" + .parameters(from: 1, count: ids.count) + ")",
            ids.map { .text($0.text) }
        ) { TraceID(try $0.text(0)) }
    }

    /// Those of `ids`, at most a thousand, that are in `experiment`.
    static func ids(_ ids: [TraceID], in experiment: ExperimentID, on connection: any SQLConnection) throws
        -> [TraceID]
    {
        try connection.query(
            "SELECT trace_id FROM traces WHERE experiment_id = $1 AND trace_id IN ("
                + .parameters(from: 2, count: ids.count) + ")",
            [.integer(experiment.number)] + ids.map { .text($0.text) }
        ) { TraceID(try $0.text(0)) }
    }

    /// The oldest `limit` traces of `experiment` that began until `time`.
    static func oldest(in experiment: ExperimentID, until time: Timestamp, limit: Int, on connection: any SQLConnection)
        throws -> [TraceID]
    {
        try connection.query(
            "SELECT trace_id FROM traces WHERE experiment_id = $1 AND requested_at <= $2 "
                + "ORDER BY requested_at, trace_id LIMIT " + .number(limit),
            [.integer(experiment.number), .integer(time.milliseconds)]
        ) { TraceID(try $0.text(0)) }
    }

    static func delete(_ ids: [TraceID], on connection: any SQLConnection) throws {
        guard !ids.isEmpty else { return }
        let values = ids.map { SQLValue.text($0.text) }
        let list = SQLText.parameters(from: 1, count: ids.count) + ")"
        try connection.execute("DELETE FROM trace_tags WHERE trace_id IN (" + list, values)
        try connection.execute("DELETE FROM trace_metadata WHERE trace_id IN (" + list, values)
        try connection.execute("DELETE FROM trace_assessments WHERE trace_id IN (" + list, values)
        try connection.execute("DELETE FROM trace_runs WHERE trace_id IN (" + list, values)
        try connection.execute("DELETE FROM traces WHERE trace_id IN (" + list, values)
    }

    private static let columns: SQLText = """
        SELECT trace_id, experiment_id, requested_at, duration_ms, state, client_request_id, request_preview, \
        response_preview FROM traces \

        """

    private static func trace(_ row: borrowing SQLRow) throws -> Trace {
        var trace = Trace(
            id: TraceID(try row.text(0)),
            of: ExperimentID(number: try row.integer(1)),
            at: Timestamp(milliseconds: try row.integer(2)),
            state: TraceState(rawValue: try row.text(4)) ?? .unspecified
        )
        trace.durationMs = try row.optionalInteger(3)
        trace.clientRequestID = try row.optionalText(5)
        trace.requestPreview = try row.optionalText(6)
        trace.responsePreview = try row.optionalText(7)
        return trace
    }

    private static func withData(_ traces: [Trace], on connection: any SQLConnection) throws -> [Trace] {
        var metadata: [String: [Tag]] = [:]
        var tags: [String: [Tag]] = [:]
        var assessments: [String: [Assessment]] = [:]
        for chunk in traces.chunks(ofCount: ownersMax) {
            let ids: [SQLValue] = chunk.map { .text($0.id.text) }
            let list = SQLText.parameters(from: 1, count: ids.count) + ") ORDER BY trace_id, key"
            try connection.forEachRow(
                "SELECT trace_id, key, value FROM trace_metadata WHERE trace_id IN (" + list,
                ids
            ) { row in metadata[try row.text(0), default: []].append(try tag(row)) }
            try connection.forEachRow(
                "SELECT trace_id, key, value FROM trace_tags WHERE trace_id IN (" + list,
                ids
            ) { row in tags[try row.text(0), default: []].append(try tag(row)) }
            assessments.merge(try AssessmentStore.find(of: ids, on: connection)) { first, _ in first }
        }
        return traces.map { trace in
            var trace = trace
            trace.metadata = metadata[trace.id.text] ?? []
            trace.tags = tags[trace.id.text] ?? []
            trace.assessments = assessments[trace.id.text] ?? []
            return trace
        }
    }

    private static func tag(_ row: borrowing SQLRow) throws -> Tag {
        Tag(key: try row.text(1), value: try row.text(2))
    }
}
