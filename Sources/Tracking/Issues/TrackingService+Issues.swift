import Database
package import Kernel
package import Ledger

extension TrackingService {
    /// Creates an issue of an active experiment.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` without such an experiment or run; `INVALID_PARAMETER_VALUE` when a text is
    ///   too long.
    package func createIssue(_ new: NewIssue, by actor: Actor) async throws -> ExperimentIssue {
        var generator = SystemRandomNumberGenerator()
        let now = clock.now()
        let issue = ExperimentIssue(
            id: "iss-" + Hexadecimal.random(using: &generator),
            experimentID: new.experimentID,
            name: new.name,
            description: new.description,
            status: new.status,
            severity: new.severity,
            rootCauses: new.rootCauses,
            sourceRunID: new.sourceRunID,
            categories: new.categories,
            createdAt: now,
            updatedAt: now,
            createdBy: new.createdBy
        )
        try issue.check()
        return try await database.write { [self] connection in
            guard try Self.found(new.experimentID, on: connection).isActive else {
                // As MLflow says of an experiment that is deleted.
                throw MartletError(.resourceDoesNotExist, "No Experiment with id=\(new.experimentID) exists")
            }
            if let run = new.sourceRunID { _ = try Self.found(run, on: connection) }
            try IssueStore.insert(issue, on: connection)
            try record("issue.created", issue, by: actor, on: connection)
            return issue
        }
    }

    /// The issue called `id`.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func issue(_ id: String) async throws -> ExperimentIssue {
        try await database.read { try Self.found(issue: id, on: $0) }
    }

    /// Changes an issue; answers it as it is then.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` when a text is too long.
    package func updateIssue(_ id: String, _ change: IssueChange, by actor: Actor) async throws -> ExperimentIssue {
        let now = clock.now()
        return try await database.write { [self] connection in
            var issue = try Self.found(issue: id, on: connection)
            issue.status = change.status ?? issue.status
            issue.name = change.name ?? issue.name
            issue.description = change.description ?? issue.description
            issue.severity = change.severity ?? issue.severity
            issue.updatedAt = now
            try issue.check()
            try IssueStore.update(issue, on: connection)
            try record("issue.updated", issue, by: actor, on: connection)
            return issue
        }
    }

    /// A page of the issues that `search` asks for.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a filter that can't be.
    package func searchIssues(_ search: IssueSearch) async throws -> Page<ExperimentIssue> {
        let (text, parameters) = try search.compiled()
        let rows = try await database.read { try IssueStore.search(text, parameters, on: $0) }
        return Page(probing: rows, limit: search.limit, offset: search.page?.offset ?? 0)
    }

    private static func found(issue id: String, on connection: any SQLConnection) throws -> ExperimentIssue {
        guard let issue = try IssueStore.find(id, on: connection) else {
            throw MartletError(.resourceDoesNotExist, "Issue with ID '\(id.prefix(100))' not found")
        }
        return issue
    }

    private func record(
        _ action: String,
        _ issue: ExperimentIssue,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        try activities.record(
            NewActivity(
                actor,
                action,
                Subject("issue", issue.id),
                details: ["name": .string(issue.name), "status": .string(issue.status.rawValue)],
                topics: ["experiment:\(issue.experimentID)"]
            ),
            on: connection
        )
    }
}
