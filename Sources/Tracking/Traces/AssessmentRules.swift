import Kernel

/// What an assessment may be, and how many of them a trace has.
enum AssessmentRules {
    /// The most assessments that a trace has.
    static let countMax = 250
    /// The most bytes that an assessment has, its texts together.
    private static let bytesMax = 64 << 10
    private static let idLengthMax = 50

    /// Refuses an assessment that is out of bounds.
    static func check(_ assessment: Assessment) throws {
        guard (1...NameRules.keyLengthMax).contains(assessment.name.unicodeScalars.count) else {
            throw MartletError(
                .invalidParameterValue,
                "'assessment_name' must have 1 to \(NameRules.keyLengthMax) characters: "
                    + "'\(assessment.name.prefix(100))'"
            )
        }
        for (id, field) in [(assessment.id, "assessment_id"), (assessment.overrides, "overrides")] {
            guard let id, !(1...idLengthMax).contains(id.utf8.count) else { continue }
            throw MartletError(
                .invalidParameterValue,
                "Invalid value '\(id.prefix(100))' for '\(field)'. It must have 1 to \(idLengthMax) bytes."
            )
        }
        let bytes = bytes(of: assessment)
        guard bytes <= bytesMax else {
            throw MartletError(
                .invalidParameterValue,
                "The assessment '\(assessment.name)' has \(bytes) bytes. At most \(bytesMax) are kept."
            )
        }
    }

    private static func bytes(of assessment: Assessment) -> Int {
        let texts = [assessment.statement.fields.text, assessment.rationale, assessment.spanID, assessment.source.id]
        return texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) }
            + assessment.metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    }

    /// Those that came with a trace, each with an id and its times.
    ///
    /// An id that is missing follows from what is said and its place, so that a client that sends its trace twice does
    /// not say everything twice.
    static func completed(_ assessments: [Assessment], of trace: TraceID, at now: Timestamp) throws -> [Assessment] {
        try assessments.enumerated().map { place, given in
            var assessment = given
            let said: JSON = [
                .string(trace.text), .integer(Int64(place)), .string(given.name),
                .string(given.statement.kind.rawValue), given.statement.fields, .string(given.source.kind.rawValue),
                .string(given.source.id ?? ""), .string(given.rationale ?? ""),
                .integer(given.createdAt?.milliseconds ?? 0),
            ]
            assessment.id = given.id ?? "a-" + ContentDigest(of: said.canonicalText.utf8).hexadecimal.prefix(32)
            assessment.createdAt = given.createdAt ?? now
            assessment.updatedAt = given.updatedAt ?? assessment.createdAt
            try check(assessment)
            return assessment
        }
    }
}
