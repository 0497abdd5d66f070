import Database
package import Kernel
package import Ledger
import Tracking

/// Versions with all that is told of them.
extension RegistryService {
    /// The most versions in one comparison.
    package static let comparedMax = 100
    /// The most versions on a page of those that are described.
    package static let describedPageMax = 1000

    /// Registers a version with its document, and the model where there is none of that name, in one transaction. One
    /// that begins in a stage of use replaces what is there, as an approved request does, unless told otherwise.
    ///
    /// - Throws: as ``createVersion(_:by:)``; `RESOURCE_ALREADY_EXISTS` when the model has that semantic version;
    ///   `PERMISSION_DENIED` for a stage other than None when the model is protected; `INVALID_PARAMETER_VALUE` for
    ///   archiving when the stage is not one of use.
    package func register(_ new: NewRegistration, by actor: Actor) async throws -> DescribedVersion {
        try RegistryRules.checkModelName(new.version.modelName)
        try VersionDocumentRules.check(new.document)
        try Self.checkArchiving(new.archivesOthers ?? false, new.stage)
        var asked = new.version
        asked.runID = asked.runID ?? new.document.runID
        // The source says which logged model it is; a caller who says it too is checked.
        if asked.loggedModelID == nil { asked.loggedModelID = VersionOrigin.loggedModel(asked.source) }
        let version = try await createVersion(asked, makingModel: true, by: actor) { version, now, connection in
            try self.save(new.document, of: version, at: now, on: connection)
            guard new.stage != .none else { return }
            guard try !RegisteredModelStore.isProtected(version.modelName, on: connection) else {
                throw TransitionRules.isProtected(version.modelName, version.number, new.stage)
            }
            let transition = Transition(to: new.stage, archivesOthers: new.archivesOthers ?? new.stage.isActive)
            try self.move(version, transition, at: now, by: actor, on: connection)
        }
        return try await describedVersion(version.modelName, .number(version.number))
    }

    /// The version that `reference` names, with all that is told of it.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE` for a bad name.
    package func describedVersion(_ modelName: String, _ reference: VersionReference) async throws -> DescribedVersion {
        try RegistryRules.checkModelName(modelName)
        return try await database.read { try Self.described(modelName, reference, on: $0) }
    }

    /// A page of a model's versions with all that is told of them, newest first.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` without such a model; `INVALID_PARAMETER_VALUE` for a bad name or limit.
    package func describedVersions(_ modelName: String, limit: Int, page: PageToken?) async throws
        -> Page<DescribedVersion>
    {
        try RegistryRules.checkModelName(modelName)
        try RegistryRules.checkPageSize(limit, atMost: Self.describedPageMax)
        let offset = page?.offset ?? 0
        return try await database.read { connection in
            guard try RegisteredModelStore.exists(modelName, on: connection) else {
                throw Self.modelNotFound(modelName)
            }
            // One more than the page holds tells whether another follows.
            let versions = try ModelVersionStore.newest(modelName, limit + 1, offset: offset, on: connection)
            let documents = try VersionDocumentStore.documents(of: versions, on: connection)
            let rows = zip(versions, documents).map { DescribedVersion(version: $0, document: $1) }
            return Page(probing: rows, limit: limit, offset: offset)
        }
    }

    /// Tells more of a version: what `change` tells replaces what was told before, and what was told of `cleared` is
    /// forgotten. Where that is what was told already, nothing changes. A run can be told of a version that has none.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `RESOURCE_ALREADY_EXISTS` when another version of the model has that
    ///   semantic version; `INVALID_PARAMETER_VALUE` for what may not stand in a document, and for another run than the
    ///   version has.
    package func describe(
        _ modelName: String,
        _ reference: VersionReference,
        _ change: VersionDocument,
        clearing cleared: [VersionDocument.Member] = [],
        by actor: Actor
    ) async throws -> DescribedVersion {
        try RegistryRules.checkModelName(modelName)
        try VersionDocumentRules.check(change)
        let now = clock.now()
        return try await database.write { connection in
            // The model's row first: of two changes at once, the second sees what the first did.
            _ = try RegisteredModelStore.touch(modelName, at: now, on: connection)
            let version = try Self.find(modelName, named: reference, on: connection)
            let told = try VersionDocumentStore.told(version, on: connection)
            var document = told.merging(change)
            for member in cleared { document.clear(member) }
            guard document != told else {
                return try Self.described(modelName, .number(version.number), on: connection)
            }
            var details = JSONObject([("changed", "document")])
            if document.runID != version.runID {
                try self.tell(document.runID, of: version, at: now, on: connection)
                details["run_id"] = document.runID.map { .string($0.text) }
            }
            try self.save(document, of: version, inPlaceOf: told, at: now, on: connection)
            try ModelVersionStore.touch(version, at: now, on: connection)
            try self.record("model_version.updated", version: version, details, by: actor, on: connection)
            return try Self.described(modelName, .number(version.number), on: connection)
        }
    }

    /// Versions, of one model or of several, with all that is told of them and of the runs that made them, in the
    /// order in which they are named.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for fewer than 1 or more than ``comparedMax``; `RESOURCE_DOES_NOT_EXIST`.
    package func compared(_ references: [(modelName: String, version: VersionReference)]) async throws
        -> [ComparedVersion]
    {
        guard (1...Self.comparedMax).contains(references.count) else {
            throw RegistryRules.invalid(
                "Name 1 to \(Self.comparedMax) versions to compare, not \(references.count)."
            )
        }
        for reference in references { try RegistryRules.checkModelName(reference.modelName) }
        let described = try await database.read { connection in
            try references.map { try Self.described($0.modelName, $0.version, on: connection) }
        }
        let runs = try await tracking.knownRuns(described.compactMap(\.document.runID))
        let details = Dictionary(runs.map { ($0.run.id, $0) }) { first, _ in first }
        return described.map { ComparedVersion(described: $0, run: $0.document.runID.flatMap { details[$0] }) }
    }

    private static func described(
        _ modelName: String,
        _ reference: VersionReference,
        on connection: any SQLConnection
    ) throws -> DescribedVersion {
        let version = try find(modelName, named: reference, on: connection)
        return DescribedVersion(version: version, document: try VersionDocumentStore.find(version, on: connection))
    }

    private func save(
        _ document: VersionDocument,
        of version: ModelVersion,
        inPlaceOf old: VersionDocument = VersionDocument(),
        at now: Timestamp,
        on connection: any SQLConnection
    ) throws {
        var document = document
        try VersionLineage.findParents(of: &document, inPlaceOf: old, version, on: connection)
        guard try VersionDocumentStore.save(document, of: version, on: connection) else {
            throw try Self.taken(document.semanticVersion, version.modelName, on: connection)
        }
        try VersionLineage.draw(document, of: version, at: now, on: connection)
        if let new = document.semanticVersion?.text, new != old.semanticVersion?.text {
            if let old = old.semanticVersion?.text {
                try VersionLineage.follow(version, from: old, to: new, on: connection)
            }
            try VersionLineage.welcome([(version.number, new)], of: version.modelName, on: connection)
        }
        let gone = Set(old.foundParents.values).subtracting(document.foundParents.values)
            .filter { $0.kind == VersionLineage.deletedKind }
        try LineageStore.dropLeaves(of: VersionLineage.deletedKind, gone.map(\.id), on: connection)
    }

    /// The error for a semantic version that the model has already, or had.
    private static func taken(_ semantic: SemanticVersion?, _ name: String, on connection: any SQLConnection) throws
        -> MartletError
    {
        let holder = try semantic.flatMap { try VersionDocumentStore.number(of: $0, name, on: connection) }
        let isThere = try holder.flatMap { try ModelVersionStore.find(name, $0, on: connection) } != nil
        let fault =
            isThere
            ? "has a version \(semantic?.text ?? "") already."
            : "had a version \(semantic?.text ?? ""), which was deleted. A semantic version names one version for good, so"
                + " that nobody who knows it finds another; take the next."
        return MartletError(.resourceAlreadyExists, "Registered Model (name=\(name)) \(fault)")
    }

    /// Says that `run` made a version of which nobody knew the run, or knew one that is not here.
    ///
    /// What a version came of is what its files came of, which do not change; so a run that is here stays.
    private func tell(
        _ run: RunID?,
        of version: ModelVersion,
        at now: Timestamp,
        on connection: any SQLConnection
    ) throws {
        if let known = version.runID, try tracking.run(known, on: connection) != nil {
            throw RegistryRules.invalid(
                "Version \(version.number) of \(version.modelName) came of run \(known): its run can't be changed, as its"
                    + " files can't. Register a new version with that run, or leave 'run_id' out."
            )
        }
        if let wrong = version.runID {
            try LineageStore.unlink(from: Subject("run", wrong.text), to: version.subject, on: connection)
        }
        try ModelVersionStore.setRun(run, version, at: now, on: connection)
        let link = VersionOrigin.Link(subject: version.subject, runID: run)
        try Self.linkOrigin(link, at: now, on: connection)
    }
}
