import Database
import Kernel

/// The SQL of traces' assessments.
enum AssessmentStore {
    /// Keeps assessments that have an id and their times, each in place of the one with its id.
    static func put(_ assessments: [Assessment], of trace: TraceID, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            insertion
                + """
                ON CONFLICT (trace_id, assessment_id) DO UPDATE SET name = excluded.name, kind = excluded.kind,
                    statement = excluded.statement, source_kind = excluded.source_kind, source_id = excluded.source_id,
                    rationale = excluded.rationale, metadata = excluded.metadata, span_id = excluded.span_id,
                    created_at = excluded.created_at, updated_at = excluded.updated_at, overrides = excluded.overrides,
                    is_valid = excluded.is_valid
                """,
            assessments.map { row($0, of: trace) }
        )
        try overrule(of: trace, on: connection)
    }

    /// Makes invalid what others stand in the place of.
    private static func overrule(of trace: TraceID, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE trace_assessments SET is_valid = 0 WHERE trace_id = $1 AND assessment_id IN (
                SELECT o.overrides FROM trace_assessments AS o WHERE o.trace_id = $1 AND o.overrides IS NOT NULL
            )
            """,
            [.text(trace.text)]
        )
    }

    /// Keeps those whose ids the trace has not yet.
    static func admit(_ assessments: [Assessment], of trace: TraceID, on connection: any SQLConnection) throws {
        try connection.executeBatch(insertion + "ON CONFLICT DO NOTHING", assessments.map { row($0, of: trace) })
        if assessments.contains(where: { $0.overrides != nil }) { try overrule(of: trace, on: connection) }
    }

    /// How many the trace has.
    static func count(of trace: TraceID, on connection: any SQLConnection) throws -> Int64 {
        try connection.first(
            "SELECT COUNT(*) FROM trace_assessments WHERE trace_id = $1",
            [.text(trace.text)]
        ) { try $0.integer(0) } ?? 0
    }

    static func find(_ id: String, of trace: TraceID, on connection: any SQLConnection) throws -> Assessment? {
        try connection.first(
            columns + "WHERE trace_id = $1 AND assessment_id = $2",
            [.text(trace.text), .text(id)],
            assessment
        )
    }

    /// Those of `traces`, at most a thousand, by the trace's id and in the order in which they were said.
    static func find(of traces: [SQLValue], on connection: any SQLConnection) throws -> [String: [Assessment]] {
        var found: [String: [Assessment]] = [:]
        try connection.forEachRow(
            columns + "WHERE trace_id IN (" + .parameters(from: 1, count: traces.count)
                + ") ORDER BY trace_id, created_at, assessment_id",
            traces
        ) { row in found[try row.text(0), default: []].append(try assessment(row)) }
        return found
    }

    /// Removes an assessment; the one in whose place it stood counts again unless another stands there too.
    static func delete(_ assessment: Assessment, of trace: TraceID, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM trace_assessments WHERE trace_id = $1 AND assessment_id = $2",
            [.text(trace.text), .text(assessment.id)]
        )
        guard let overridden = assessment.overrides else { return }
        try connection.execute(
            """
            UPDATE trace_assessments SET is_valid = 1 WHERE trace_id = $1 AND assessment_id = $2 AND NOT EXISTS (
                SELECT 1 FROM trace_assessments AS o WHERE o.trace_id = $1 AND o.overrides = $2
            )
            """,
            [.text(trace.text), .text(overridden)]
        )
    }

    private static let insertion: SQLText = """
        INSERT INTO trace_assessments
            (trace_id, assessment_id, name, kind, statement, source_kind, source_id, rationale, metadata, span_id,
             created_at, updated_at, overrides, is_valid)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \

        """

    private static let columns: SQLText = """
        SELECT trace_id, assessment_id, name, kind, statement, source_kind, source_id, rationale, metadata, span_id, \
        created_at, updated_at, overrides, is_valid FROM trace_assessments \

        """

    private static func row(_ assessment: Assessment, of trace: TraceID) -> [SQLValue] {
        let metadata = JSONObject(assessment.metadata.map { ($0.key, .string($0.value)) })
        return [
            .text(trace.text), .text(assessment.id), .text(assessment.name),
            .text(assessment.statement.kind.rawValue), .text(assessment.statement.fields.text),
            .text(assessment.source.kind.rawValue), .text(assessment.source.id), .text(assessment.rationale),
            .text(JSON.object(metadata).text), .text(assessment.spanID), .integer(assessment.createdAt?.milliseconds),
            .integer(assessment.updatedAt?.milliseconds), .text(assessment.overrides),
            .integer(assessment.isValid ? 1 : 0),
        ]
    }

    private static func assessment(_ row: borrowing SQLRow) throws -> Assessment {
        var assessment = Assessment(
            try row.text(2),
            Assessment.Statement(
                Assessment.Kind(rawValue: try row.text(3)) ?? .feedback,
                try JSON.parse(try row.text(4).utf8, nonFinite: .accept)
            ),
            by: Assessment.Source(
                Assessment.SourceKind(rawValue: try row.text(5)) ?? .unspecified,
                id: try row.optionalText(6)
            )
        )
        assessment.id = try row.text(1)
        assessment.rationale = try row.optionalText(7)
        let metadata = try JSON.parse(try row.text(8).utf8).objectValue ?? JSONObject()
        assessment.metadata = metadata.members.map { Tag(key: $0.name, value: $0.value.stringValue ?? "") }
        assessment.spanID = try row.optionalText(9)
        assessment.createdAt = Timestamp(milliseconds: try row.integer(10))
        assessment.updatedAt = Timestamp(milliseconds: try row.integer(11))
        assessment.overrides = try row.optionalText(12)
        assessment.isValid = try row.integer(13) == 1
        return assessment
    }
}
