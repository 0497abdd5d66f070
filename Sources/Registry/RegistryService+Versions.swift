import Database
import Kernel
package import Ledger
package import Tracking

/// What is done to versions.
extension RegistryService {
    /// Creates a version under the next number, and pins it to the files that it has now.
    ///
    /// Files whose digests were not recorded when they were uploaded are read before the write begins; those below a
    /// root outside the artifact storage are read later, by ``VersionPinner``.
    /// - Throws: `INVALID_PARAMETER_VALUE` for a bad name, tag or source, `RESOURCE_DOES_NOT_EXIST` when the
    ///   registered model, or what the source names, is not there, `RESOURCE_CONFLICT` when its files were removed
    ///   meanwhile, `TEMPORARILY_UNAVAILABLE` when one was replaced.
    package func createVersion(_ new: NewModelVersion, by actor: Actor) async throws -> ModelVersion {
        try await createVersion(new, makingModel: false, by: actor) { _, _, _ in }
    }

    /// As ``createVersion(_:by:)``, and what `more` does belongs to the same transaction; where `isMakingModel` says so,
    /// the registered model is made when there is none of that name.
    func createVersion(
        _ new: NewModelVersion,
        makingModel isMakingModel: Bool,
        by actor: Actor,
        _ more: @escaping @Sendable (ModelVersion, Timestamp, any SQLConnection) throws -> Void
    ) async throws -> ModelVersion {
        try RegistryRules.checkSourceLength(new.source)
        // What lies elsewhere is not read now, so that the write alone has all to look at.
        let look = VersionOrigin.mayLieInStorage(new) ? try await look(at: new, makingModel: isMakingModel) : nil
        let now = clock.now()
        let version = try await database.write { connection in
            let origin: VersionOrigin
            let manifest: FilePinner.Outcome
            if let look {
                (origin, manifest) = (look.origin, look.manifest)
                try self.checkNotRemoved(origin, look.seen, manifest, on: connection)
            } else {
                origin = try self.origin(of: new, makingModel: isMakingModel, on: connection)
                manifest = self.pinner.leave(origin, isElsewhere: new.isKeptElsewhere)
            }
            let model = NewRegisteredModel(name: new.modelName)
            if isMakingModel, try RegisteredModelStore.insert(model, at: now, on: connection) {
                let details = Self.createdDetails(model)
                try self.record("registered_model.created", model: model.name, details, by: actor, on: connection)
            }
            let version = try self.insert(new, origin, manifest, at: now, by: actor, on: connection)
            try more(version, now, connection)
            return version
        }
        if case .pending = version.pin { pinBell.yield() }
        await onVersionCreated(version)
        return version
    }

    /// Says what a version is; nil takes away what was said.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE` for a bad name.
    package func updateVersion(
        _ modelName: String,
        _ number: Int,
        description: String?,
        by actor: Actor
    ) async throws -> ModelVersion {
        try RegistryRules.checkModelName(modelName)
        let now = clock.now()
        return try await database.write { connection in
            let version = try Self.find(modelName, .number(number), on: connection)
            try ModelVersionStore.setDescription(description, version, at: now, on: connection)
            let details = JSONObject([("changed", "description")])
            try self.record("model_version.updated", version: version, details, by: actor, on: connection)
            return try Self.find(modelName, .number(number), on: connection)
        }
    }

    /// Deletes a version: its number stays taken, its tags stay, what tells of its source goes. In lineage a place of its
    /// own stays for it where something came of it.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`, `RESOURCE_CONFLICT` when it is in use, `INVALID_PARAMETER_VALUE` for a bad
    ///   name.
    package func deleteVersion(_ modelName: String, _ number: Int, by actor: Actor) async throws {
        try RegistryRules.checkModelName(modelName)
        let now = clock.now()
        try await database.write { connection in
            _ = try RegisteredModelStore.touch(modelName, at: now, on: connection)
            let version = try Self.find(modelName, .number(number), on: connection)
            if let holder = try InUseStore.holders(of: version.subject, on: connection).first {
                throw MartletError(
                    .resourceConflict,
                    "Model Version (name=\(modelName), version=\(number)) can't be deleted while \(holder.kind)"
                        + " '\(holder.id)' uses it; undeploy that first."
                )
            }
            let document = try VersionDocumentStore.find(version, on: connection)
            let gone = [(number: number, semantic: document.semanticVersion?.text)]
            try VersionLineage.retire(gone, of: modelName, id: self.nextID(at: now), on: connection)
            try ModelAliasStore.deleteAll(of: modelName, number, on: connection)
            try self.rejectRequests(ofDeleted: version, at: now, by: actor, on: connection)
            try ModelVersionStore.delete(version, at: now, on: connection)
            try self.record("model_version.deleted", version: version, by: actor, on: connection)
        }
    }

    /// Sets a tag of a version.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE` for a bad name or tag.
    package func setVersionTag(_ modelName: String, _ number: Int, _ tag: Tag, by actor: Actor) async throws {
        try RegistryRules.checkModelName(modelName)
        try RegistryRules.checkVersionTag(tag)
        try await database.write { connection in
            let version = try Self.find(modelName, .number(number), on: connection)
            try ModelVersionStore.setTags([tag], of: modelName, number, on: connection)
            let details = JSONObject([("tag_set", .string(tag.key)), ("value", .string(tag.value))])
            try self.record("model_version.updated", version: version, details, by: actor, on: connection)
        }
    }

    /// Takes a tag off a version; one that is not there is no error.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE` for a bad name or key.
    package func deleteVersionTag(_ modelName: String, _ number: Int, key: String, by actor: Actor) async throws {
        try RegistryRules.checkModelName(modelName)
        try RegistryRules.checkTagKey(key)
        try await database.write { connection in
            let version = try Self.find(modelName, .number(number), on: connection)
            guard try ModelVersionStore.deleteTag(key, of: version, on: connection) else { return }
            let details = JSONObject([("tag_deleted", .string(key))])
            try self.record("model_version.updated", version: version, details, by: actor, on: connection)
        }
    }
}

extension RegistryService {
    /// What was found of a version to be created before its write began.
    private struct Look: Sendable {
        let origin: VersionOrigin
        let seen: SeenOrigin
        let manifest: FilePinner.Outcome
    }

    /// Finds where the version comes from, and reads its files.
    private func look(at new: NewModelVersion, makingModel isMakingModel: Bool) async throws -> Look {
        let (origin, seen) = try await database.read { connection in
            let origin = try self.origin(of: new, makingModel: isMakingModel, on: connection)
            let run = try origin.runID.flatMap { try self.tracking.run($0, on: connection) }
            let model = try origin.loggedModelID.flatMap { try self.tracking.loggedModel($0, on: connection) }
            return (origin, SeenOrigin(hasRun: run != nil, hasLoggedModel: model != nil))
        }
        let manifest = try await pinner.register(origin, isElsewhere: new.isKeptElsewhere)
        return Look(origin: origin, seen: seen, manifest: manifest)
    }

    /// Where the version comes from; refuses what is wrong with it.
    private func origin(
        of new: NewModelVersion,
        makingModel isMakingModel: Bool,
        on connection: any SQLConnection
    ) throws -> VersionOrigin {
        let origin = try VersionOrigin.resolve(new, tracking: tracking, on: connection)
        try RegistryRules.checkModelName(new.modelName)
        for tag in new.tags { try RegistryRules.checkVersionTag(tag) }
        guard try isMakingModel || RegisteredModelStore.exists(new.modelName, on: connection) else {
            throw Self.modelNotFound(new.modelName)
        }
        return origin
    }

    private func insert(
        _ new: NewModelVersion,
        _ origin: VersionOrigin,
        _ manifest: FilePinner.Outcome,
        at now: Timestamp,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws -> ModelVersion {
        let name = new.modelName
        guard let number = try RegisteredModelStore.takeNumber(of: name, at: now, on: connection) else {
            throw Self.modelNotFound(name)
        }
        let version = ModelVersion(
            modelName: name,
            number: number,
            stage: .none,
            createdAt: now,
            updatedAt: now,
            description: new.description,
            source: origin.source,
            storageLocation: origin.storageLocation,
            downloadURI: origin.downloadURI,
            runID: origin.runID,
            runLink: new.runLink,
            loggedModelID: origin.loggedModelID,
            pin: manifest.pin,
            tags: new.tags
        )
        try ModelVersionStore.insert(version, files: manifest.files, on: connection)
        try VersionLineage.welcome([(number, nil)], of: name, on: connection)
        try Self.linkOrigin(
            VersionOrigin.Link(
                subject: version.subject,
                runID: origin.runID,
                loggedModelID: origin.loggedModelID,
                original: origin.original
            ),
            at: now,
            on: connection
        )
        if let id = origin.loggedModelID, !PromptRules.marksPrompt(new.tags) {
            try noteVersion(version, in: id, on: connection)
        }
        var details = JSONObject([("source", .string(version.source)), ("pin", .string(version.pin.summary))])
        if let runID = version.runID { details["run_id"] = .string(runID.text) }
        details.add(description: new.description, tags: new.tags)
        try record("model_version.created", version: version, details, by: actor, on: connection)
        return try Self.find(name, .number(number), on: connection)
    }

    /// Draws the edges from what made a version to the version.
    static func linkOrigin(_ origin: VersionOrigin.Link, at time: Timestamp, on connection: any SQLConnection) throws {
        if let runID = origin.runID {
            let run = Subject("run", runID.text)
            try LineageStore.link(from: run, relation: "produced", to: origin.subject, at: time, on: connection)
        }
        if let id = origin.loggedModelID {
            let model = Subject("logged_model", id.text)
            try LineageStore.link(from: model, relation: "registered_as", to: origin.subject, at: time, on: connection)
        }
        if let original = origin.original {
            let relation = VersionOrigin.Link.copy
            try LineageStore.link(from: original, relation: relation, to: origin.subject, at: time, on: connection)
        }
    }

    /// Appends the version to the list in the tag that MLflow's clients read the versions of a logged model from.
    private func noteVersion(
        _ version: ModelVersion,
        in id: LoggedModelID,
        on connection: any SQLConnection
    ) throws {
        let key = "mlflow.modelVersions"
        guard let model = try tracking.loggedModel(id, on: connection) else { return }
        let text = model.tags.first { $0.key == key }?.value ?? "[]"
        let entry = JSON.object(
            JSONObject([("name", .string(version.modelName)), ("version", .integer(Int64(version.number)))])
        )
        var entries: [JSON]
        do { entries = try JSON.parse(text.utf8).arrayValue ?? [] } catch { entries = [] }
        if !entries.contains(entry) { entries.append(entry) }
        try tracking.setLoggedModelTags(id, [(key: key, value: PythonText.json(of: .array(entries)))], on: connection)
    }
}
