import Hummingbird
import Kernel
import Tracking

/// MLflow's calls on single assessments of traces.
struct AssessmentRoutes {
    let tracking: TrackingService

    /// Adds the routes below `…/3.0/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("traces/:id/assessments", use: create)
        group.get("traces/:id/assessments/:assessment", use: get)
        group.patch("traces/:id/assessments/:assessment", use: update)
        group.delete("traces/:id/assessments/:assessment", use: delete)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let given = try Assessment(try await fields(of: request).requiredObject("assessment"))
        let trace = try trace(context)
        return answer(try await tracking.createAssessment(given, of: trace), of: trace)
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let trace = try trace(context)
        return answer(try await tracking.assessment(try id(context), of: trace), of: trace)
    }

    @Sendable private func update(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await fields(of: request)
        let given = try fields.requiredObject("assessment")
        let change = try Self.change(given, mask: try fields.requiredString("update_mask"))
        let trace = try trace(context)
        return answer(try await tracking.updateAssessment(try id(context), of: trace, change), of: trace)
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await tracking.deleteAssessment(try id(context), of: try trace(context))
        return .emptyObject
    }

    // MARK: Fields

    private func trace(_ context: MartletContext) throws -> TraceID {
        TraceID(try context.parameters.require("id"))
    }

    private func id(_ context: MartletContext) throws -> String {
        try context.parameters.require("assessment")
    }

    private func fields(of request: Request) async throws -> MLflowFields {
        MLflowFields(body: try await MLflowFields.body(of: request, max: TraceRoutes.traceBytesMax))
    }

    /// What of `given` the names in `mask` mean; protobuf writes a mask in JSON as names between commas.
    private static func change(_ given: MLflowFields, mask: String) throws -> AssessmentChange {
        var change = AssessmentChange()
        for name in mask.split(separator: ",") {
            switch name {
            case "assessment_name", "assessmentName": change.name = try given.requiredString("assessment_name")
            case "rationale": change.rationale = try given.string("rationale") ?? ""
            case "metadata": change.metadata = try Assessment.metadata(given)
            case "feedback", "expectation": change.statement = try Assessment.statement(given)
            default:
                throw MartletError(
                    .invalidParameterValue,
                    "Invalid name '\(name.prefix(100))' in 'update_mask'. It must be one of assessment_name, feedback, "
                        + "expectation, rationale, metadata."
                )
            }
        }
        return change
    }

    private func answer(_ assessment: Assessment, of trace: TraceID) -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("assessment")
                writer.assessment(assessment, of: trace)
            }
        }
    }
}

extension Assessment {
    /// What a client tells.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    init(_ fields: MLflowFields) throws {
        self.init(
            try fields.requiredString("assessment_name"),
            try Self.statement(fields),
            by: try Self.source(fields)
        )
        id = try Self.text("assessment_id", fields)
        rationale = try fields.string("rationale")
        metadata = try Self.metadata(fields)
        spanID = try Self.text("span_id", fields)
        createdAt = try TraceRoutes.time(fields, "create_time", ProtobufTime.timestamp(_:))
        updatedAt = try TraceRoutes.time(fields, "last_update_time", ProtobufTime.timestamp(_:))
        overrides = try Self.text("overrides", fields)
        isValid = try fields.boolean("valid") ?? true
    }

    fileprivate static func metadata(_ fields: MLflowFields) throws -> [Tag] {
        try fields.namedTexts("metadata").map { Tag(key: $0.name, value: $0.text) }
    }

    fileprivate static func statement(_ fields: MLflowFields) throws -> Statement {
        let kinds = try Kind.allCases.filter { try fields.value($0.rawValue) != nil }
        guard let kind = kinds.first, kinds.count == 1 else {
            throw MartletError(
                .invalidParameterValue,
                "Exactly one of `expectation`, `feedback`, or `issue` should be specified."
            )
        }
        let said = try fields.requiredObject(kind.rawValue)
        return Statement(kind, kind == .expectation ? try Self.expectation(said) : said.json)
    }

    /// An expected list or object becomes its text, as it is in MLflow.
    private static func expectation(_ fields: MLflowFields) throws -> JSON {
        switch try fields.value("value") {
        case .array(let elements)?: serialized(.array(elements))
        case .object(let members)?: serialized(.object(members))
        default: fields.json
        }
    }

    private static func serialized(_ value: JSON) -> JSON {
        ["serialized_value": ["serialization_format": "JSON_FORMAT", "value": .string(value.text)]]
    }

    private static func source(_ fields: MLflowFields) throws -> Source {
        guard try fields.value("source") != nil else { return Source(.unspecified, id: nil) }
        let source = try fields.requiredObject("source")
        let kind: SourceKind = try source.choice("source_type", numberedFrom: 0) ?? .unspecified
        return Source(kind, id: try source.string("source_id"))
    }

    /// A text that counts as absent when it is empty, as it does in protobuf.
    private static func text(_ name: String, _ fields: MLflowFields) throws -> String? {
        try fields.string(name).flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension JSONWriter {
    mutating func assessment(_ assessment: Assessment, of trace: TraceID) {
        object { writer in
            writer.member("assessment_id", ifPresent: assessment.id)
            writer.member("assessment_name", assessment.name)
            writer.member("trace_id", trace.text)
            writer.member("span_id", ifPresent: assessment.spanID)
            writer.member("source") { writer in
                writer.member("source_type", assessment.source.kind.rawValue)
                writer.member("source_id", ifPresent: assessment.source.id)
            }
            writer.member("create_time", ifPresent: assessment.createdAt.map(ProtobufTime.text(_:)))
            writer.member("last_update_time", ifPresent: assessment.updatedAt.map(ProtobufTime.text(_:)))
            writer.name(data: assessment.statement.kind.rawValue)
            writer.value(assessment.statement.fields)
            writer.member("rationale", ifPresent: assessment.rationale)
            writer.member("overrides", ifPresent: assessment.overrides)
            writer.member("metadata") { writer in
                for item in assessment.metadata {
                    writer.name(data: item.key)
                    writer.value(item.value)
                }
            }
            writer.member("valid", assessment.isValid)
        }
    }
}
