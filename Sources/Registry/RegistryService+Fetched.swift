import Database
import Kernel
package import Ledger

/// Taking in one version with its files, when it is needed.
extension RegistryService {
    /// Takes in a version under the number that it has elsewhere, and its model where there is none of that name; the
    /// version is pinned to `fetched`'s files. One of that number that is there already stays as it is.
    ///
    /// - Returns: the version that is there now.
    /// - Throws: `INVALID_PARAMETER_VALUE` for a bad name or source; `RESOURCE_CONFLICT` when the version of that
    ///   number was deleted here; `TEMPORARILY_UNAVAILABLE` when a file is not what it was fetched as; ``DatabaseError``.
    package func admit(_ fetched: FetchedVersion, by actor: Actor) async throws -> ModelVersion {
        let (name, number) = (fetched.version.modelName, fetched.version.number)
        try RegistryRules.checkModelName(name)
        try RegistryRules.checkSourceLength(fetched.version.source)
        let manifest = FileManifest(fetched.files)
        let prepared = PreparedVersion(
            fetched.version,
            at: fetched.version.downloadURI,
            FilePinner.Outcome(pin: .pinned(manifest.digest), files: manifest.files)
        )
        let (version, isNew) = try await database.write { connection in
            if let present = try ModelVersionStore.find(name, number, on: connection) { return (present, false) }
            let isNewModel = try !RegisteredModelStore.exists(name, on: connection)
            try self.admit([fetched.model], on: connection)
            if isNewModel { try self.record("registered_model.created", model: name, by: actor, on: connection) }
            try self.admit([prepared], on: connection)
            guard let version = try ModelVersionStore.find(name, number, on: connection) else {
                throw MartletError(
                    .resourceConflict,
                    "Model Version (name=\(name), version=\(number)) was deleted in this server's registry, where a"
                        + " number is not used again. Register the model once more, and deploy that version."
                )
            }
            guard case .pinned = version.pin else {
                throw MartletError(
                    .temporarilyUnavailable,
                    "A file of Model Version (name=\(name), version=\(number)) was replaced or removed while it was"
                        + " fetched; try again."
                )
            }
            var details: JSONObject = ["source": .string(version.source), "pin": .string(version.pin.summary)]
            if let runID = version.runID { details["run_id"] = .string(runID.text) }
            try self.record("model_version.created", version: version, details, by: actor, on: connection)
            return (version, true)
        }
        if isNew { await onVersionCreated(version) }
        return version
    }
}
