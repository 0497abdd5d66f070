import Database
package import Kernel

extension TrackingService {
    /// Keeps what is said of a trace. The assessment in whose place it stands is not valid any more.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the trace, or the one that it overrides, is not there;
    ///   `RESOURCE_ALREADY_EXISTS` when its id is taken; `INVALID_PARAMETER_VALUE` when it is out of bounds, or when
    ///   the trace has as many as it may.
    package func createAssessment(_ given: Assessment, of id: TraceID) async throws -> Assessment {
        var generator = SystemRandomNumberGenerator()
        let now = clock.now()
        var new = given
        new.id = given.id ?? "a-" + Hexadecimal.random(using: &generator)
        new.createdAt = given.createdAt ?? now
        new.updatedAt = given.updatedAt ?? new.createdAt
        new.isValid = true
        try AssessmentRules.check(new)
        let assessment = new
        return try await database.write { connection in
            guard try TraceStore.experiment(of: id, on: connection) != nil else { throw Self.missing(id) }
            if let overridden = assessment.overrides { _ = try Self.found(overridden, of: id, on: connection) }
            if let given = given.id, try AssessmentStore.find(given, of: id, on: connection) != nil {
                throw MartletError(
                    .resourceAlreadyExists,
                    "Assessment with ID '\(given)' exists already for trace '\(id)'."
                )
            }
            try Self.put([assessment], of: id, on: connection)
            return assessment
        }
    }

    /// One of the assessments of a trace.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func assessment(_ assessment: String, of id: TraceID) async throws -> Assessment {
        try await database.read { try Self.found(assessment, of: id, on: $0) }
    }

    /// Changes an assessment.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` when something else is said of another kind, or
    ///   when it is out of bounds then.
    package func updateAssessment(_ assessment: String, of id: TraceID, _ change: AssessmentChange) async throws
        -> Assessment
    {
        let now = clock.now()
        return try await database.write { connection in
            var changed = try Self.found(assessment, of: id, on: connection)
            if let statement = change.statement {
                guard statement.kind == changed.statement.kind else {
                    throw MartletError(
                        .invalidParameterValue,
                        "Cannot update \(statement.kind) value on an assessment that is of kind "
                            + "\(changed.statement.kind)."
                    )
                }
                changed.statement = statement
            }
            changed.name = change.name ?? changed.name
            changed.rationale = change.rationale ?? changed.rationale
            let keys = Set(change.metadata.map(\.key))
            changed.metadata = changed.metadata.filter { !keys.contains($0.key) } + change.metadata
            changed.updatedAt = now
            try AssessmentRules.check(changed)
            // One that is not valid any more overrides what it overrode, as before.
            try AssessmentStore.put([changed], of: id, on: connection)
            return changed
        }
    }

    /// Removes an assessment, if it is there; the one in whose place it stood is valid again.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the trace is not there.
    package func deleteAssessment(_ assessment: String, of id: TraceID) async throws {
        try await database.write { connection in
            guard try TraceStore.experiment(of: id, on: connection) != nil else { throw Self.missing(id) }
            guard let found = try AssessmentStore.find(assessment, of: id, on: connection) else { return }
            try AssessmentStore.delete(found, of: id, on: connection)
        }
    }

    /// Keeps assessments of a trace that is there.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when there are too many of them then.
    static func put(_ assessments: [Assessment], of id: TraceID, on connection: any SQLConnection) throws {
        guard !assessments.isEmpty else { return }
        try AssessmentStore.put(assessments, of: id, on: connection)
        guard try AssessmentStore.count(of: id, on: connection) <= AssessmentRules.countMax else {
            throw MartletError(
                .invalidParameterValue,
                "A trace has at most \(AssessmentRules.countMax) assessments."
            )
        }
    }

    private static func found(_ assessment: String, of id: TraceID, on connection: any SQLConnection) throws
        -> Assessment
    {
        guard let found = try AssessmentStore.find(assessment, of: id, on: connection) else {
            guard try TraceStore.experiment(of: id, on: connection) != nil else { throw missing(id) }
            throw MartletError(
                .resourceDoesNotExist,
                "Assessment with ID '\(assessment.prefix(100))' not found for trace '\(id)'"
            )
        }
        return found
    }
}
