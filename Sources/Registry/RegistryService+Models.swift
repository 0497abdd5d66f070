import Database
import Kernel
package import Ledger
package import Tracking

/// What is done to registered models.
extension RegistryService {
    /// Creates a registered model without versions.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a bad name or tag, `RESOURCE_ALREADY_EXISTS` for a taken name.
    package func createModel(_ new: NewRegisteredModel, by actor: Actor) async throws -> RegisteredModel {
        try RegistryRules.checkModelName(new.name)
        for tag in new.tags { try RegistryRules.checkModelTag(tag) }
        let now = clock.now()
        return try await database.write { connection in
            guard try RegisteredModelStore.insert(new, at: now, on: connection) else {
                throw Self.alreadyExists(new, besides: try Self.findModel(new.name, on: connection))
            }
            let details = Self.createdDetails(new)
            try self.record("registered_model.created", model: new.name, details, by: actor, on: connection)
            return try Self.findModel(new.name, on: connection)
        }
    }

    /// The registered model called `name`.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE` for a bad name.
    package func model(_ name: String) async throws -> RegisteredModel {
        try RegistryRules.checkModelName(name)
        return try await database.read { try Self.findModel(name, on: $0) }
    }

    /// Says what a registered model is for; nil or an empty text takes away what was said.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE` for a bad name.
    package func updateModel(_ name: String, description: String?, by actor: Actor) async throws -> RegisteredModel {
        try RegistryRules.checkModelName(name)
        let now = clock.now()
        return try await database.write { connection in
            guard try RegisteredModelStore.update(name, description: description, at: now, on: connection) else {
                throw Self.modelNotFound(name)
            }
            let details = JSONObject([("changed", "description")])
            try self.record("registered_model.updated", model: name, details, by: actor, on: connection)
            return try Self.findModel(name, on: connection)
        }
    }

    /// Gives a registered model another name; versions, tags and aliases move along, and so does lineage.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`, `RESOURCE_ALREADY_EXISTS` when the new name is taken,
    ///   `RESOURCE_CONFLICT` when a version is in use, `PERMISSION_DENIED` when it is protected,
    ///   `INVALID_PARAMETER_VALUE` for a bad name.
    package func renameModel(_ name: String, to newName: String, by actor: Actor) async throws -> RegisteredModel {
        try RegistryRules.checkModelName(newName, parameter: "new_name")
        try RegistryRules.checkModelName(name)
        let now = clock.now()
        do {
            return try await database.write { connection in
                try self.rename(name, to: newName, at: now, by: actor, on: connection)
            }
        } catch let error as DatabaseError where error.code == .uniqueViolation {
            // Another rename took the name after this one had looked for it.
            throw Self.nameTaken(newName)
        }
    }

    /// Deletes a registered model with its versions, tags and aliases; the files stay where they are. In lineage a place
    /// of its own stays for each version of which something came, so that a later model of that name inherits nothing.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`, `RESOURCE_CONFLICT` when a version is in use, `PERMISSION_DENIED` when it
    ///   is protected, `INVALID_PARAMETER_VALUE` for a bad name.
    package func deleteModel(_ name: String, by actor: Actor) async throws {
        try RegistryRules.checkModelName(name)
        let now = clock.now()
        try await database.write { connection in
            try Self.checkNotProtected(name, to: "deleted", on: connection)
            try Self.checkNotInUse(name, to: "deleted", on: connection)
            let versions = try VersionDocumentStore.versions(of: name, on: connection)
            try VersionLineage.retire(versions, of: name, id: self.nextID(at: now), on: connection)
            guard try RegisteredModelStore.delete(name, on: connection) else { throw Self.modelNotFound(name) }
            try self.record("registered_model.deleted", model: name, by: actor, on: connection)
        }
    }

    /// Sets a tag of a registered model.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE` for a bad name or tag.
    package func setModelTag(_ name: String, _ tag: Tag, by actor: Actor) async throws {
        try RegistryRules.checkModelName(name)
        try RegistryRules.checkModelTag(tag)
        try await database.write { connection in
            guard try RegisteredModelStore.exists(name, on: connection) else { throw Self.modelNotFound(name) }
            try RegisteredModelStore.setTags([tag], of: name, on: connection)
            let details = JSONObject([("tag_set", .string(tag.key)), ("value", .string(tag.value))])
            try self.record("registered_model.updated", model: name, details, by: actor, on: connection)
        }
    }

    /// Takes a tag off a registered model; one that is not there is no error.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE` for a bad name or key.
    package func deleteModelTag(_ name: String, key: String, by actor: Actor) async throws {
        try RegistryRules.checkModelName(name)
        try RegistryRules.checkTagKey(key)
        try await database.write { connection in
            guard try RegisteredModelStore.exists(name, on: connection) else { throw Self.modelNotFound(name) }
            guard try RegisteredModelStore.deleteTag(key, of: name, on: connection) else { return }
            let details = JSONObject([("tag_deleted", .string(key))])
            try self.record("registered_model.updated", model: name, details, by: actor, on: connection)
        }
    }

    private func rename(
        _ name: String,
        to newName: String,
        at now: Timestamp,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws -> RegisteredModel {
        guard try RegisteredModelStore.touch(name, at: now, on: connection) else { throw Self.modelNotFound(name) }
        guard name != newName else { return try Self.findModel(name, on: connection) }
        guard try !RegisteredModelStore.exists(newName, on: connection) else { throw Self.nameTaken(newName) }
        try Self.checkNotProtected(name, to: "renamed", on: connection)
        try Self.checkNotInUse(name, to: "renamed", on: connection)
        try RegisteredModelStore.rename(name, to: newName, at: now, on: connection)
        let versions = try VersionDocumentStore.versions(of: newName, on: connection)
        try VersionLineage.rename(versions, from: name, to: newName, on: connection)
        let details = JSONObject([("from", .string(name)), ("to", .string(newName))])
        let topics = ["models", "model:\(name)", "model:\(newName)"]
        let subject = Subject("registered_model", newName)
        let activity = NewActivity(actor, "registered_model.renamed", subject, details: details, topics: topics)
        try activities.record(activity, on: connection)
        return try Self.findModel(newName, on: connection)
    }

    private static func nameTaken(_ name: String) -> MartletError {
        MartletError(.resourceAlreadyExists, "Registered Model (name=\(name)) already exists.")
    }

    static func findModel(_ name: String, on connection: any SQLConnection) throws -> RegisteredModel {
        guard let model = try RegisteredModelStore.find(name, on: connection) else { throw modelNotFound(name) }
        return model
    }

    private static func alreadyExists(_ new: NewRegisteredModel, besides model: RegisteredModel) -> MartletError {
        let (old, wanted) = (kind(isPrompt: model.isPrompt), kind(isPrompt: PromptRules.marksPrompt(new.tags)))
        guard old != wanted else {
            return MartletError(.resourceAlreadyExists, "\(wanted) (name=\(new.name)) already exists.")
        }
        return MartletError(
            .resourceAlreadyExists,
            "Tried to create a \(wanted.lowercased()) with name \(PythonText.literal(new.name)), but the name is"
                + " already taken by a \(old.lowercased()). MLflow does not allow creating a model and a prompt with"
                + " the same name."
        )
    }

    private static func kind(isPrompt: Bool) -> String {
        isPrompt ? "Prompt" : "Registered Model"
    }

    private static func checkNotInUse(_ name: String, to verb: String, on connection: any SQLConnection) throws {
        guard let used = try InUseStore.holder(ofAnyVersionOf: name, on: connection) else { return }
        throw MartletError(
            .resourceConflict,
            "Registered Model with name=\(name) can't be \(verb) while \(used.holder.kind) '\(used.holder.id)' uses its"
                + " version \(used.version); undeploy that first."
        )
    }
}
