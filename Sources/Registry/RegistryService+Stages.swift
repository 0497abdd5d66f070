import Database
import Kernel
package import Ledger

/// Stages and aliases: which versions are meant for use.
extension RegistryService {
    /// Moves a version to another stage; where asked, moves the others of that stage to the archive.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a bad name, and for archiving when `stage` is not one of use;
    ///   `PERMISSION_DENIED` when the model is protected; `RESOURCE_DOES_NOT_EXIST`.
    package func transition(
        _ modelName: String,
        _ number: Int,
        to stage: ModelStage,
        archivingOthers: Bool,
        by actor: Actor
    ) async throws -> ModelVersion {
        try Self.checkArchiving(archivingOthers, stage)
        try RegistryRules.checkModelName(modelName)
        let now = clock.now()
        return try await database.write { connection in
            // The model's row first: of two promotions at once, the second sees what the first did.
            _ = try RegisteredModelStore.touch(modelName, at: now, on: connection)
            let version = try Self.find(modelName, .number(number), on: connection)
            guard try !RegisteredModelStore.isProtected(modelName, on: connection) else {
                throw TransitionRules.isProtected(modelName, number, stage)
            }
            let wanted = Transition(to: stage, archivesOthers: archivingOthers)
            try self.move(version, wanted, at: now, by: actor, on: connection)
            return try Self.find(modelName, .number(number), on: connection)
        }
    }

    /// Where a version goes, and with it the others of that stage.
    struct Transition: Sendable {
        let to: ModelStage
        let archivesOthers: Bool
        /// Further facts for the audit trail.
        var details: [(String, JSON)] = []
    }

    /// Moves a version, its model's row being held, and records it.
    func move(
        _ version: ModelVersion,
        _ transition: Transition,
        at now: Timestamp,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        let (name, number, stage) = (version.modelName, version.number, transition.to)
        let archived =
            transition.archivesOthers
            ? try ModelVersionStore.archive(name, in: stage, except: number, at: now, on: connection) : []
        try ModelVersionStore.setStage(stage, version, at: now, on: connection)
        for other in archived {
            let subject = ModelVersion.subject(name, other)
            let replaced = Self.transitionDetails(stage, .archived) + [("replaced_by", .integer(Int64(number)))]
            try recordTransition(of: subject, name, replaced, by: actor, on: connection)
        }
        var details = Self.transitionDetails(version.stage, stage)
        if transition.archivesOthers { details.append(("archived", .array(archived.map { .integer(Int64($0)) }))) }
        try recordTransition(of: version.subject, name, details + transition.details, by: actor, on: connection)
    }

    /// Refuses to archive the others where the stage is not one of use.
    static func checkArchiving(_ archivesOthers: Bool, _ stage: ModelStage) throws {
        guard stage.isActive || !archivesOthers else {
            throw RegistryRules.invalid(
                "Model version transition cannot archive existing model versions because '\(stage.rawValue)' is not an"
                    + " Active stage. Valid stages are ['Staging', 'Production']"
            )
        }
    }

    /// The newest version in each of `stages`, of all stages when none is named; with tags and aliases.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE` for a bad name.
    package func latestVersions(_ modelName: String, in stages: [ModelStage]) async throws -> [ModelVersion] {
        try RegistryRules.checkModelName(modelName)
        let model = try await database.read { try Self.findModel(modelName, on: $0) }
        return model.latestVersions
            .filter { stages.isEmpty || stages.contains($0.stage) }
            .map { version in
                var version = version
                version.aliases = model.aliases.filter { $0.number == version.number }.map(\.name)
                return version
            }
    }

    /// Points `alias` to a version, away from the one that it pointed to.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a bad name, and an alias that is reserved;
    ///   `RESOURCE_DOES_NOT_EXIST`.
    package func setAlias(_ modelName: String, _ alias: String, to number: Int, by actor: Actor) async throws {
        try RegistryRules.checkModelName(modelName)
        try RegistryRules.checkNewAlias(alias)
        try await database.write { connection in
            let version = try Self.find(modelName, .number(number), on: connection)
            let before = try ModelAliasStore.find(alias, of: modelName, on: connection)
            try ModelAliasStore.set(alias, of: modelName, to: number, on: connection)
            var details = JSONObject([("alias", .string(alias))])
            if let before, before != number { details["moved_from"] = .integer(Int64(before)) }
            try self.record("model_version.alias_set", version: version, details, by: actor, on: connection)
        }
    }

    /// Takes an alias away; one that is not there is no error.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE` for a bad name.
    package func deleteAlias(_ modelName: String, _ alias: String, by actor: Actor) async throws {
        try RegistryRules.checkModelName(modelName)
        try RegistryRules.checkAlias(alias)
        try await database.write { connection in
            guard try RegisteredModelStore.exists(modelName, on: connection) else {
                throw Self.modelNotFound(modelName)
            }
            guard let number = try ModelAliasStore.find(alias, of: modelName, on: connection),
                try ModelAliasStore.delete(alias, of: modelName, on: connection)
            else { return }
            let version = try Self.find(modelName, .number(number), on: connection)
            let details = JSONObject([("alias", .string(alias))])
            try self.record("model_version.alias_deleted", version: version, details, by: actor, on: connection)
        }
    }

    /// The version that MLflow's lookup by alias gives: `latest`, in any case of its letters, is the highest number.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for an unknown alias, as MLflow does; `RESOURCE_DOES_NOT_EXIST` for an
    ///   unknown model.
    package func version(_ modelName: String, aliased alias: String) async throws -> ModelVersion {
        try RegistryRules.checkModelName(modelName)
        try RegistryRules.checkAlias(alias)
        return try await database.read { try Self.find(modelName, aliased: alias, on: $0) }
    }

    static func find(_ modelName: String, aliased alias: String, on connection: any SQLConnection) throws
        -> ModelVersion
    {
        guard try RegisteredModelStore.exists(modelName, on: connection) else { throw modelNotFound(modelName) }
        guard alias.lowercased() != "latest" else {
            if let version = try ModelVersionStore.newest(modelName, in: nil, on: connection) { return version }
            throw MartletError(.resourceDoesNotExist, "Latest version not found for model \(modelName).")
        }
        guard let number = try ModelAliasStore.find(alias, of: modelName, on: connection) else {
            throw RegistryRules.invalid("Registered model alias \(alias) not found.")
        }
        return try find(modelName, .number(number), on: connection)
    }

    private static func transitionDetails(_ from: ModelStage, _ to: ModelStage) -> [(String, JSON)] {
        [("from", .string(from.rawValue)), ("to", .string(to.rawValue))]
    }

    private func recordTransition(
        of subject: Subject,
        _ modelName: String,
        _ details: [(String, JSON)],
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        let topics = ["models", "model:\(modelName)"]
        try activities.record(
            NewActivity(actor, "model_version.transitioned", subject, details: JSONObject(details), topics: topics),
            on: connection
        )
    }
}
