import Artifacts
import Database
package import Kernel
package import Ledger
import ObjectStore

/// Removing for good what is deleted.
///
/// Each verb takes a page, and decides again within the transaction whether its things are still deleted and unused.
extension TrackingService {
    static let purgePageMax = 100
    private static let pointsMax = 5000

    /// What of `selection` names things that are not deleted, or not there.
    ///
    /// - Returns: the ids of what is not there; it may have been removed before.
    /// - Throws: `INVALID_PARAMETER_VALUE` for what is active; ``DatabaseError``.
    package func checkPurge(_ selection: PurgeSelection) async throws -> [PurgeCandidate.ID] {
        try await database.read { connection in
            var missing: [PurgeCandidate.ID] = []
            for id in selection.experimentIDs ?? [] {
                let found = try ExperimentStore.find(id, on: connection)
                if found?.isActive == true { throw Self.notDeleted("Experiment", id.description) }
                if found == nil { missing.append(.init(.experiment, id.description)) }
            }
            for id in selection.runIDs ?? [] {
                let found = try RunStore.find(id, on: connection)
                if found?.run.isActive == true { throw Self.notDeleted("Run", id.text) }
                if found == nil { missing.append(.init(.run, id.text)) }
            }
            for id in selection.loggedModelIDs ?? [] {
                if try LoggedModelStore.find(id, on: connection) != nil {
                    throw Self.notDeleted("Logged model", id.text)
                }
                let candidate = PurgeCandidate.ID(.loggedModel, id.text)
                if try !KeptStore.gone([candidate], on: connection).isEmpty { missing.append(candidate) }
            }
            return missing
        }
    }

    /// Removes a page of runs, or says what would be.
    ///
    /// The cursor is where the page before ended, 0 for the first; it is moved on, and nil after the last. Without an
    /// actor nothing is removed.
    /// - Returns: what is gone, or would be, and what stays.
    /// - Throws: ``DatabaseError``.
    package func purgeRuns(
        _ selection: PurgeSelection,
        _ rules: PurgeRules,
        cursor: inout Int64?,
        by actor: Actor?
    ) async throws -> PurgeOutcome {
        let after = cursor ?? 0
        let page = try await database.read {
            try PurgeCandidateStore.runs(selection, after: after, limit: Self.purgePageMax, on: $0)
        }
        cursor = page.count == Self.purgePageMax ? page.last?.number : nil
        let numbers = page.map(\.number)
        guard let actor else {
            return try await database.read { try self.decide(numbers, selection, rules, on: $0).outcome }
        }
        return try await piecewise(numbers) { numbers, connection in
            let (outcome, runs) = try self.decide(numbers, selection, rules, on: connection)
            try self.delete(runs, outcome.purged, by: actor, on: connection)
            return outcome
        }
    }

    /// Removes a page of logged models, as ``purgeRuns(_:_:cursor:by:)``; the first page begins with an empty cursor.
    ///
    /// - Returns: what is gone, or would be, and what stays.
    /// - Throws: ``DatabaseError``.
    package func purgeLoggedModels(
        _ selection: PurgeSelection,
        _ rules: PurgeRules,
        cursor: inout String?,
        by actor: Actor?
    ) async throws -> PurgeOutcome {
        let after = cursor ?? ""
        let page = try await database.read {
            try PurgeCandidateStore.loggedModels(selection, after: after, limit: Self.purgePageMax, on: $0)
        }
        cursor = page.count == Self.purgePageMax ? page.last?.id.text : nil
        let ids = page.map(\.id)
        guard let actor else {
            return try await database.read { try self.decide(ids, selection, rules, on: $0).outcome }
        }
        return try await piecewise(ids) { ids, connection in
            let (outcome, models) = try self.decide(ids, selection, rules, on: connection)
            try self.delete(models, outcome.purged, by: actor, on: connection)
            return outcome
        }
    }

    /// Removes a page of experiments that have neither runs nor logged models nor traces, as ``purgeRuns(_:_:cursor:by:)``.
    ///
    /// Where nothing is removed, `kept` says of which experiments something stays.
    /// - Returns: what is gone, or would be, and what stays.
    /// - Throws: ``DatabaseError``.
    package func purgeExperiments(
        _ selection: PurgeSelection,
        keeping kept: [ExperimentID: String],
        cursor: inout Int64?,
        by actor: Actor?
    ) async throws -> PurgeOutcome {
        let after = cursor ?? 0
        let page = try await database.read {
            try PurgeCandidateStore.experiments(selection, after: after, limit: Self.purgePageMax, on: $0)
        }
        cursor = page.count == Self.purgePageMax ? page.last?.id.number : nil
        var asked = selection
        asked.experimentIDs = page.map(\.id)
        guard let actor else {
            return try await database.read { [asked] in try Self.decide(asked, keeping: kept, on: $0).outcome }
        }
        return try await database.write { [self, asked] connection in
            let (outcome, experiments) = try Self.decide(asked, keeping: nil, on: connection)
            guard !experiments.isEmpty else { return outcome }
            try PurgeStore.deleteExperiments(experiments.map(\.id), on: connection)
            for experiment in experiments {
                let details: JSONObject = ["name": .string(experiment.name)]
                try record("experiment.purged", experiment, by: actor, details: details, on: connection)
            }
            return outcome
        }
    }

    /// Whether a run is gone of which points may be left.
    ///
    /// - Throws: ``DatabaseError``.
    package func hasPointsToPurge() async throws -> Bool {
        try await database.read { try PurgeStore.hasPoints(on: $0) }
    }

    /// Removes some of the points of runs that are gone, at most some thousands; answers whether there may be more.
    ///
    /// - Throws: ``DatabaseError``.
    package func purgePoints() async throws -> Bool {
        try await database.write { try PurgeStore.deletePoints(limit: Self.pointsMax, on: $0) }
    }

    /// What `remove` does with `items` in one transaction; where others write so much that it never gets through, with
    /// fewer at a time.
    func piecewise<Item: Sendable>(
        _ items: [Item],
        _ remove: @escaping @Sendable ([Item], any SQLConnection) throws -> PurgeOutcome
    ) async throws -> PurgeOutcome {
        do {
            return try await database.write { try remove(items, $0) }
        } catch let error as DatabaseError where error.code == .unavailable && items.count > 1 {
            var outcome = try await piecewise(Array(items[..<(items.count / 2)]), remove)
            let rest = try await piecewise(Array(items[(items.count / 2)...]), remove)
            outcome.purged += rest.purged
            outcome.kept += rest.kept
            return outcome
        }
    }

    private static func notDeleted(_ what: String, _ id: String) -> MartletError {
        MartletError(
            .invalidParameterValue,
            "\(what) \(id) is not in the deleted stage. Only what is deleted can be removed for good."
        )
    }
}

/// Deciding, which is the same where something is removed and where it is only said.
extension TrackingService {
    private func decide(
        _ numbers: [Int64],
        _ selection: PurgeSelection,
        _ rules: PurgeRules,
        on connection: any SQLConnection
    ) throws -> (outcome: PurgeOutcome, runs: [StoredRun]) {
        let runs = try PurgeCandidateStore.stillDeleted(numbers, until: selection.deletedUntil, on: connection)
        let candidates = runs.map { stored in
            let run = stored.run
            return Self.candidate(.init(.run, run.id.text), at: run.artifactURI, of: run.experimentID, rules)
        }
        var reasons = try Self.reasons(candidates, rules, on: connection)
        for (id, child) in try KeptStore.activeChildren(of: runs.map(\.run.id), on: connection) {
            reasons.note("run \(child) is a child of it", for: .init(.run, id))
        }
        let outcome = Self.outcome(candidates, reasons)
        return (outcome, runs.filter { reasons[.init(.run, $0.run.id.text)] == nil })
    }

    private func decide(
        _ ids: [LoggedModelID],
        _ selection: PurgeSelection,
        _ rules: PurgeRules,
        on connection: any SQLConnection
    ) throws -> (outcome: PurgeOutcome, models: [PurgeCandidateStore.DeletedModel]) {
        let models = try PurgeCandidateStore.stillDeleted(ids, until: selection.deletedUntil, on: connection)
        let candidates = models.map { model in
            Self.candidate(.init(.loggedModel, model.id.text), at: model.artifactURI, of: model.experimentID, rules)
        }
        let reasons = try Self.reasons(candidates, rules, on: connection)
        return (
            Self.outcome(candidates, reasons), models.filter { reasons[.init(.loggedModel, $0.id.text)] == nil }
        )
    }

    private static func decide(
        _ selection: PurgeSelection,
        keeping kept: [ExperimentID: String]?,
        on connection: any SQLConnection
    ) throws -> (outcome: PurgeOutcome, experiments: [Experiment]) {
        let ids = selection.experimentIDs ?? []
        let experiments = try PurgeCandidateStore.experiments(selection, after: 0, limit: purgePageMax, on: connection)
        // Where nothing is removed, the runs that would be gone are still there.
        let runs = try KeptStore.runs(of: ids, staying: kept == nil ? nil : selection.deletedUntil, on: connection)
        let models = kept == nil ? try KeptStore.loggedModels(of: ids, on: connection) : [:]
        let traces = kept == nil ? try KeptStore.traces(of: ids, on: connection) : [:]
        var outcome = PurgeOutcome()
        var doomed: [Experiment] = []
        for experiment in experiments {
            let candidate = PurgeCandidate(
                .init(.experiment, experiment.id.description),
                folder: nil,
                artifactURI: experiment.artifactLocation,
                of: experiment.id
            )
            let reason =
                kept?[experiment.id] ?? runs[experiment.id].map { "run \($0) of it is kept" }
                ?? models[experiment.id].map { "logged model \($0) of it is kept" }
                ?? traces[experiment.id].map { "trace \($0) of it is kept" }
            if let reason {
                outcome.kept.append((candidate, reason))
            } else {
                outcome.purged.append(candidate)
                doomed.append(experiment)
            }
        }
        return (outcome, doomed)
    }

    static func candidate(
        _ id: PurgeCandidate.ID,
        at uri: String,
        of experiment: ExperimentID,
        _ rules: PurgeRules
    ) -> PurgeCandidate {
        PurgeCandidate(id, folder: rules.madeFolder(uri, of: id), artifactURI: uri, of: experiment)
    }

    static func reasons(
        _ candidates: [PurgeCandidate],
        _ rules: PurgeRules,
        on connection: any SQLConnection
    ) throws -> [PurgeCandidate.ID: String] {
        guard !candidates.isEmpty else { return [:] }
        var reasons = try rules.reasonsToKeep(candidates, connection)
        for kind in Set(candidates.map(\.id.kind)).sorted() {
            let ids = candidates.filter { $0.id.kind == kind }.map(\.id.text)
            for (id, holder) in try InUseStore.holders(of: kind.rawValue, ids, on: connection) {
                reasons.note("\(holder.kind) '\(holder.id)' uses it", for: .init(kind, id))
            }
        }
        // There may be as many experiments as one likes: each is looked up by the folders around it.
        let owners = Dictionary(candidates.compactMap { own in own.folder.map { ($0.segments, own.id) } }) { $1 }
        for (experiment, folder) in try KeptStore.experimentsWithin(rules.ownFolder, on: connection) {
            for last in folder.segments.indices {
                guard let id = owners[Array(folder.segments[...last])] else { continue }
                reasons.note("experiment \(experiment) keeps its artifacts in it", for: id)
            }
        }
        return reasons
    }

    static func outcome(_ candidates: [PurgeCandidate], _ reasons: [PurgeCandidate.ID: String]) -> PurgeOutcome {
        var outcome = PurgeOutcome()
        for candidate in candidates {
            if let reason = reasons[candidate.id] {
                outcome.kept.append((candidate, reason))
            } else {
                outcome.purged.append(candidate)
            }
        }
        return outcome
    }
}

extension [PurgeCandidate.ID: String] {
    /// Notes a reason where there is none yet.
    fileprivate mutating func note(_ reason: String, for id: PurgeCandidate.ID) {
        if self[id] == nil { self[id] = reason }
    }
}

/// Removing what was decided on, in the transaction of the decision.
extension TrackingService {
    private func delete(
        _ runs: [StoredRun],
        _ candidates: [PurgeCandidate],
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        guard !runs.isEmpty else { return }
        let numbers = runs.map(\.number)
        var details: [Int64: JSONObject] = [:]
        for counted in PurgeStore.Counted.allCases {
            let counts = try PurgeStore.counts(counted, of: numbers, on: connection)
            for number in numbers {
                details[number, default: JSONObject()][counted.name] = .integer(counts[number] ?? 0)
            }
        }
        try PurgeStore.deleteRuns(numbers, on: connection)
        try LineageStore.unlink(toGone: "run", runs.map(\.run.id.text), on: connection)
        try ArtifactRemovals.request(candidates.compactMap(\.folder), at: clock.now(), on: connection)
        for stored in runs {
            var details = details[stored.number] ?? JSONObject()
            details["name"] = .string(stored.run.name)
            try record("run.purged", stored.run, by: actor, details: details, on: connection)
        }
    }

    private func delete(
        _ models: [PurgeCandidateStore.DeletedModel],
        _ candidates: [PurgeCandidate],
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        guard !models.isEmpty else { return }
        try PurgeStore.deleteLoggedModels(models.map(\.id), on: connection)
        try LineageStore.unlink(toGone: "logged_model", models.map(\.id.text), on: connection)
        try ArtifactRemovals.request(candidates.compactMap(\.folder), at: clock.now(), on: connection)
        for model in models {
            let purged = NewActivity(
                actor,
                "logged_model.purged",
                Subject("logged_model", model.id.text),
                details: ["name": .string(model.name)],
                topics: ["experiment:\(model.experimentID)"]
            )
            try activities.record(purged, on: connection)
        }
    }
}
