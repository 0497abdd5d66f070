import Kernel
import Tracking

/// What MLflow's tables say of assessments, in the form in which clients tell them.
extension MLflowSource {
    /// An assessment: after the trace's id the columns in the order in which the traces' reader asks for them.
    func assessment(_ row: SourceRow) throws -> Assessment {
        let source = try row.text(8)
        var assessment = Assessment(
            try row.plainText(2),
            try Self.statement(row),
            by: Assessment.Source(
                // As MLflow calls a judge since it has several.
                source == "AI_JUDGE" ? .judge : Assessment.SourceKind(rawValue: source) ?? .unspecified,
                id: try row.optionalPlainText(9)
            )
        )
        assessment.id = try row.plainText(1)
        assessment.createdAt = Timestamp(milliseconds: try row.integer(6))
        assessment.updatedAt = Timestamp(milliseconds: try row.integer(7))
        assessment.spanID = try row.optionalPlainText(10)
        assessment.rationale = try row.optionalPlainText(11)
        assessment.overrides = try row.optionalPlainText(12)
        assessment.isValid = try row.flag(13)
        if let metadata = try row.optionalPlainText(14).flatMap({ Self.json($0).objectValue }) {
            assessment.metadata = metadata.members.map { member in
                Tag(key: member.name, value: member.value.stringValue ?? member.value.text)
            }
        }
        return assessment
    }

    private static func statement(_ row: SourceRow) throws -> Assessment.Statement {
        let kind = Assessment.Kind(rawValue: try row.text(3)) ?? .feedback
        let text = try row.plainText(4)
        let value = json(text)
        switch kind {
        case .issue: return Assessment.Statement(kind, value)
        case .expectation: return Assessment.Statement(kind, expectation(value, text))
        case .feedback:
            var fields: [(String, JSON)] = [("value", value)]
            if let error = try row.optionalPlainText(5) {
                let members = json(error).objectValue?.members.filter { $0.value != .null } ?? []
                fields.append(("error", .object(JSONObject(members.map { ($0.name, $0.value) }))))
            }
            return Assessment.Statement(kind, .object(JSONObject(fields)))
        }
    }

    /// An expected list, object or null is told as its text.
    private static func expectation(_ value: JSON, _ text: String) -> JSON {
        switch value {
        case .array, .object, .null:
            ["serialized_value": ["serialization_format": "JSON_FORMAT", "value": .string(text)]]
        default: ["value": value]
        }
    }

    /// What `text` says, or itself where it is not JSON.
    private static func json(_ text: String) -> JSON {
        (try? JSON.parse(text.utf8, nonFinite: .accept)) ?? .string(text)
    }
}
