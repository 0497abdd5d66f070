import Database
package import Kernel
package import Ledger

/// Transitions that need two people.
extension RegistryService {
    /// The most requests on a page.
    package static let transitionPageMax = 1000

    /// Asks for a version to be moved to another stage.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` without such a version; `RESOURCE_ALREADY_EXISTS` when the same is asked for
    ///   already; `INVALID_PARAMETER_VALUE` when it is in that stage, and for a bad checklist or comment.
    package func requestTransition(_ new: NewTransitionRequest, by actor: Actor) async throws -> TransitionRequest {
        try RegistryRules.checkModelName(new.modelName)
        try TransitionRules.check(new.checklist)
        try TransitionRules.check(comment: new.comment)
        try Self.checkArchiving(new.archivesOthers ?? false, new.stage)
        let now = clock.now()
        let (id, commentID) = (nextID(at: now), nextID(at: now))
        return try await database.write { connection in
            let version = try Self.find(new.modelName, named: new.version, on: connection)
            guard version.stage != new.stage else {
                throw RegistryRules.invalid(
                    "Model Version (name=\(version.modelName), version=\(version.number)) is in stage"
                        + " \(new.stage.rawValue) already."
                )
            }
            var request = TransitionRequest(
                id: id,
                modelName: version.modelName,
                number: version.number,
                from: version.stage,
                to: new.stage,
                archivesOthers: new.archivesOthers ?? new.stage.isActive,
                state: .pending,
                requestedBy: actor,
                requestedAt: now,
                checklist: new.checklist
            )
            guard try TransitionRequestStore.insert(request, on: connection) else { throw Self.asked(request) }
            try self.say(new.comment, of: &request, commentID, at: now, by: actor, on: connection)
            try self.record("transition_request.created", request, by: actor, on: connection)
            return request
        }
    }

    /// A page of the requests that `filter` lets through, newest first.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a bad limit.
    package func transitionRequests(
        _ filter: TransitionRequestFilter,
        limit: Int,
        page: PageToken?
    ) async throws -> Page<TransitionRequest> {
        try RegistryRules.checkPageSize(limit, atMost: Self.transitionPageMax)
        let offset = page?.offset ?? 0
        return try await database.read { connection in
            let rows = try TransitionRequestStore.list(filter, limit: limit + 1, offset: offset, on: connection)
            return Page(probing: rows, limit: limit, offset: offset)
        }
    }

    /// The request `id`.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func transitionRequest(_ id: String) async throws -> TransitionRequest {
        try await database.read { try Self.findRequest(id, on: $0) }
    }

    /// Approves a request and moves the version, in one transaction. The checklist is the request's, as far as it is
    /// done now; nil when it is as it was.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `PERMISSION_DENIED` for the one who asked; `RESOURCE_CONFLICT` when it is
    ///   decided, the checklist is not done, or the version has left the stage that it was in; `INVALID_PARAMETER_VALUE` for a bad checklist or comment.
    package func approveTransition(
        _ id: String,
        checklist: [ChecklistItem]?,
        comment: String,
        by actor: Actor
    ) async throws -> TransitionRequest {
        try await decide(id, comment: comment, by: actor) { request, now, connection in
            try TransitionRules.checkApprover(actor, of: request)
            request.checklist = try TransitionRules.ticked(request, checklist)
            request.state = .approved
            let asked: [(String, JSON)] = [
                ("transition_request", .string(request.id)), ("requested_by", .string(request.requestedBy.name)),
            ]
            let version = try Self.find(request.modelName, .number(request.number), on: connection)
            try TransitionRules.checkFrom(version, request)
            let wanted = Transition(to: request.to, archivesOthers: request.archivesOthers, details: asked)
            try self.move(version, wanted, at: now, by: actor, on: connection)
        }
    }

    /// Rejects a request; who made it takes it back so.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `RESOURCE_CONFLICT` when it is decided; `INVALID_PARAMETER_VALUE` for a
    ///   bad comment.
    package func rejectTransition(_ id: String, comment: String, by actor: Actor) async throws -> TransitionRequest {
        try await decide(id, comment: comment, by: actor) { request, _, _ in request.state = .rejected }
    }

    /// Says something about a request, decided or not.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` for an empty or too long text.
    package func commentOnTransition(_ id: String, _ text: String, by actor: Actor) async throws -> TransitionRequest {
        guard !text.isEmpty else { throw RegistryRules.invalid("A comment must say something.") }
        try TransitionRules.check(comment: text)
        let now = clock.now()
        let commentID = nextID(at: now)
        return try await database.write { connection in
            var request = try Self.findRequest(id, on: connection)
            try self.say(text, of: &request, commentID, at: now, by: actor, on: connection)
            try self.record("transition_request.commented", request, by: actor, on: connection)
            return request
        }
    }
}

extension RegistryService {
    private func decide(
        _ id: String,
        comment: String,
        by actor: Actor,
        _ apply: @escaping @Sendable (inout TransitionRequest, Timestamp, any SQLConnection) throws -> Void
    ) async throws -> TransitionRequest {
        try TransitionRules.check(comment: comment)
        let now = clock.now()
        let commentID = nextID(at: now)
        return try await database.write { connection in
            var request = try Self.findRequest(id, on: connection)
            // The model's row holds back other decisions until this one is made; so the state is read after it.
            _ = try RegisteredModelStore.touch(request.modelName, at: now, on: connection)
            request = try Self.findRequest(id, on: connection)
            try TransitionRules.checkPending(request)
            request.decidedBy = actor
            request.decidedAt = now
            try apply(&request, now, connection)
            try TransitionRequestStore.decide(request, on: connection)
            try self.say(comment, of: &request, commentID, at: now, by: actor, on: connection)
            try self.record("transition_request.\(request.state.rawValue)", request, by: actor, on: connection)
            return request
        }
    }

    /// Rejects what is still asked for a version that is being deleted.
    func rejectRequests(
        ofDeleted version: ModelVersion,
        at now: Timestamp,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        let filter = TransitionRequestFilter(modelName: version.modelName, number: version.number, state: .pending)
        // No more than one for each stage.
        for var request in try TransitionRequestStore.list(filter, limit: 100, offset: 0, on: connection) {
            request.state = .rejected
            request.decidedBy = actor
            request.decidedAt = now
            try TransitionRequestStore.decide(request, on: connection)
            try say("The version was deleted.", of: &request, nextID(at: now), at: now, by: actor, on: connection)
            try record("transition_request.rejected", request, by: actor, on: connection)
        }
    }

    private func say(
        _ text: String,
        of request: inout TransitionRequest,
        _ id: String,
        at now: Timestamp,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        guard !text.isEmpty else { return }
        let comment = TransitionRequest.Comment(author: actor, at: now, text: text)
        try TransitionRequestStore.comment(comment, on: request, id: id, on: connection)
        request.comments.append(comment)
    }

    private func record(
        _ action: String,
        _ request: TransitionRequest,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        let details: JSONObject = [
            "model_name": .string(request.modelName), "version": .integer(Int64(request.number)),
            "from": .string(request.from.rawValue), "to": .string(request.to.rawValue),
        ]
        let topics = ["models", "model:\(request.modelName)", "transition_requests"]
        let activity = NewActivity(actor, action, request.subject, details: details, topics: topics)
        try activities.record(activity, on: connection)
    }

    private static func findRequest(_ id: String, on connection: any SQLConnection) throws -> TransitionRequest {
        guard let request = try TransitionRequestStore.find(id, on: connection) else {
            throw MartletError(
                .resourceDoesNotExist,
                "There is no transition request with the id '\(id.prefix(100))'."
            )
        }
        return request
    }

    private static func asked(_ request: TransitionRequest) -> MartletError {
        MartletError(
            .resourceAlreadyExists,
            "A transition of Model Version (name=\(request.modelName), version=\(request.number)) to"
                + " \(request.to.rawValue) is asked for already. Approve or reject that request first."
        )
    }
}
