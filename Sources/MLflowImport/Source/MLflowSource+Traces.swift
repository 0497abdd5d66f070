import Database
import Kernel
import Tracking

/// What MLflow's tables say of traces.
extension MLflowSource {
    /// How many traces are read at once.
    static let tracesAtOnce = 1000

    /// The traces of some rows, with their tags, metadata and assessments, which lie in tables of their own. Where the
    /// spans are is told by the tag `mlflow.artifactLocation` alone, as in Martlet.
    func traces(_ rows: [SourceRow]) async throws -> [Trace] {
        let ids = try rows.map { try $0.text(0) }
        guard !ids.isEmpty else { return [] }
        let found = try await database.read { [revision] connection in
            let list = SQLText.parameters(from: 1, count: ids.count)
            let values = ids.map { SQLValue.text($0) }
            let tags = try connection.query(
                "SELECT request_id, key, value FROM trace_tags WHERE request_id IN (" + list + ")",
                values
            ) { SourceRow($0) }
            let metadata = try connection.query(
                "SELECT request_id, key, value FROM trace_request_metadata WHERE request_id IN (" + list + ")",
                values
            ) { SourceRow($0) }
            guard revision >= .assessments else { return (tags, metadata, [SourceRow]()) }
            let assessments = try connection.query(
                """
                SELECT trace_id, assessment_id, name, assessment_type, value, error, created_timestamp,
                    last_updated_timestamp, source_type, source_id, span_id, rationale, overrides,
                    CASE WHEN valid THEN 1 ELSE 0 END, assessment_metadata
                FROM assessments WHERE trace_id IN (
                """ + list + ") ORDER BY created_timestamp, assessment_id",
                values
            ) { SourceRow($0) }
            return (tags, metadata, assessments)
        }
        let tags = try Dictionary(grouping: found.0) { try $0.text(0) }
        let metadata = try Dictionary(grouping: found.1) { try $0.text(0) }
        let assessments = try Dictionary(grouping: found.2) { try $0.text(0) }
        return try rows.map { row in
            let id = try row.text(0)
            var trace = try trace(row)
            try addTags(tags[id] ?? [], to: &trace, row)
            try addMetadata(metadata[id] ?? [], to: &trace, row)
            trace.assessments = try (assessments[id] ?? []).map(assessment)
            return trace
        }
    }

    /// Whether the database holds spans of the trace in `row`.
    func hasSpans(_ row: SourceRow) throws -> Bool { try row.flag(SourceTables.traceSpansColumn) }

    /// The address in Martlet of the artifacts of the trace in `row`. Spans that MLflow's database holds get a file in
    /// Martlet's own store, wherever other files of the trace may lie.
    func traceFolder(_ row: SourceRow) throws -> String {
        let given = try row.plainText(SourceTables.traceFolderColumn)
        let placed = given.isEmpty ? "" : places.uri(given)
        let isOurs = placed.hasPrefix("mlflow-artifacts:/")
        guard try placed.isEmpty || (!isOurs && hasSpans(row)) else { return placed }
        return "mlflow-artifacts:/\(try row.integer(1))/traces/\(try row.plainText(0))/artifacts"
    }

    /// The spans that the database holds of a trace, each as JSON, as MLflow hands them out: the root first, then by
    /// their beginning.
    func spans(of id: String) async throws -> [String] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT content FROM spans WHERE trace_id = $1 AND content <> ''
                ORDER BY CASE WHEN parent_span_id IS NULL THEN 0 ELSE 1 END, start_time_unix_nano, span_id
                """,
                [.text(id)]
            ) { try $0.text(0) }
        }
    }

    /// The runs that some traces were linked to, as far as both are there.
    func runs(ofTraces rows: [SourceRow]) async throws -> [Owned<TraceID, RunID>] {
        guard revision >= .entityAssociations, !rows.isEmpty else { return [] }
        let ids = try rows.map { try $0.text(0) }
        return try await database.read { connection in
            try connection.query(
                """
                SELECT a.source_id, a.destination_id FROM entity_associations AS a
                    JOIN runs AS r ON r.run_uuid = a.destination_id
                    JOIN experiments AS e ON e.experiment_id = r.experiment_id
                WHERE a.source_type = 'trace' AND a.destination_type = 'run' AND a.source_id IN (
                """ + .parameters(from: 1, count: ids.count) + ")",
                ids.map { .text($0) }
            ) { row in Owned(TraceID(try row.text(0)), RunID(try row.text(1))) }
        }
    }

    private func trace(_ row: SourceRow) throws -> Trace {
        var trace = Trace(
            id: TraceID(try row.plainText(0)),
            of: ExperimentID(number: try row.integer(1)),
            at: Timestamp(milliseconds: try row.integer(2)),
            state: TraceState(rawValue: try row.text(4)) ?? .unspecified
        )
        trace.durationMs = try row.optionalInteger(3)
        trace.clientRequestID = try row.optionalPlainText(5)
        trace.requestPreview = try row.optionalPlainText(6)
        trace.responsePreview = try row.optionalPlainText(7)
        return trace
    }

    private func addTags(_ rows: [SourceRow], to trace: inout Trace, _ row: SourceRow) throws {
        let name = "mlflow.traceName"
        let promoted =
            revision < .traceColumns ? nil : try row.optionalPlainText(SourceTables.tracePromotedColumn)
        // A place in Martlet follows from what came, not from where MLflow kept it.
        let dropped: Set = ["mlflow.trace.spansLocation", "mlflow.trace.archiveLocation", Self.artifactLocation]
        for row in rows {
            let key = try row.plainText(1)
            guard !dropped.contains(key), promoted == nil || key != name else { continue }
            trace.tags.append(Tag(key: key, value: try row.optionalPlainText(2) ?? ""))
        }
        if let promoted { trace.tags.append(Tag(key: name, value: promoted)) }
        trace.tags.append(Tag(key: Self.artifactLocation, value: try traceFolder(row)))
    }

    private static let artifactLocation = "mlflow.artifactLocation"

    private func addMetadata(_ rows: [SourceRow], to trace: inout Trace, _ row: SourceRow) throws {
        let promoted = revision < .traceColumns ? nil : try promotedMetadata(row)
        for row in rows {
            let key = try row.plainText(1)
            guard promoted == nil || !Self.promotedKeys.contains(key) else { continue }
            trace.metadata.append(Tag(key: key, value: try row.optionalPlainText(2) ?? ""))
        }
        trace.metadata += promoted ?? []
    }

    private static let session = "mlflow.trace.session"
    private static let tokens = "mlflow.trace.tokenUsage"
    private static let cost = "mlflow.trace.cost"
    private static let promotedKeys: Set = [session, tokens, cost]
    private static let tokenKeys = [
        "input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
        "cache_creation_input_tokens_above_1hr",
    ]
    private static let costKeys = ["input_cost", "output_cost", "total_cost"]

    /// The metadata that MLflow makes of columns, written as MLflow writes them.
    private func promotedMetadata(_ row: SourceRow) throws -> [Tag] {
        let first = SourceTables.tracePromotedColumn + 1
        var metadata: [Tag] = []
        if let session = try row.optionalPlainText(first) { metadata.append(Tag(key: Self.session, value: session)) }
        let tokens = try Self.tokenKeys.enumerated().compactMap { place, key in
            try row.optionalInteger(first + 1 + place).map { "\"\(key)\": \($0)" }
        }
        let cost = try Self.costKeys.enumerated().compactMap { place, key in
            try row.optionalDouble(first + 1 + Self.tokenKeys.count + place).map { "\"\(key)\": \($0)" }
        }
        for (key, members) in [(Self.tokens, tokens), (Self.cost, cost)] where !members.isEmpty {
            metadata.append(Tag(key: key, value: "{" + members.joined(separator: ", ") + "}"))
        }
        return metadata
    }
}
