import Artifacts
package import Database
import Kernel
package import Ledger
package import Tracking

/// Taking in what comes from another registry; what is there already stays as it is, but for a version that had no
/// pin for want of its files. Those whose files lie outside the artifact storage wait for a server that reads them.
///
/// Rows are written in a transaction of the caller's, who notes in it how far it has come.
extension RegistryService {
    /// Takes in registered models, and keeps later versions from getting the numbers of theirs.
    ///
    /// - Throws: ``DatabaseError``.
    package func admit(_ models: [AdmittedModel], on connection: any SQLConnection) throws {
        for model in models { try RegisteredModelStore.admit(model, on: connection) }
    }

    /// Finds and hashes the files of versions, in time proportional to their size; leaves out those that are there
    /// and pinned, or wait for it.
    ///
    /// - Throws: ``DatabaseError``; `CancellationError`.
    package func prepare(_ versions: [AdmittedVersion]) async throws -> [PreparedVersion] {
        var prepared: [PreparedVersion] = []
        for version in versions {
            let known = try await database.read { connection in
                try ModelVersionStore.find(version.modelName, version.number, on: connection)
            }
            switch known?.pin {
            case .pinned, .pending: continue
            case .unpinned, nil: break
            }
            prepared.append(try await prepare(version))
        }
        return prepared
    }

    /// Takes in versions whose model is there, and draws the edges from what made them. One whose files have changed
    /// since they were read waits for its pin.
    ///
    /// - Throws: ``DatabaseError``, `.constraintViolation` when a registered model is not there.
    package func admit(_ versions: [PreparedVersion], on connection: any SQLConnection) throws {
        for prepared in versions {
            let prepared = try confirmed(prepared, on: connection)
            let version = prepared.version
            guard try ModelVersionStore.find(version.modelName, version.number, on: connection) == nil else {
                switch version.pin {
                case .pinned(let digest): _ = try PinStore.pin(version, to: digest, prepared.files, on: connection)
                case .pending: try PinStore.queue(version, at: clock.now(), on: connection)
                case .unpinned: break
                }
                continue
            }
            // One that was deleted here keeps its number, and stays deleted.
            guard try !AdmissionStore.isTaken(version.modelName, version.number, on: connection) else { continue }
            try ModelVersionStore.insert(version, files: prepared.files, on: connection)
            try VersionLineage.welcome([(version.number, nil)], of: version.modelName, on: connection)
            let link = VersionOrigin.Link(
                subject: version.subject,
                runID: version.runID,
                loggedModelID: version.loggedModelID,
                original: try VersionOrigin.original(version.source, on: connection)
            )
            try Self.linkOrigin(link, at: clock.now(), on: connection)
        }
    }

    /// Takes in tags of registered models.
    ///
    /// - Throws: ``DatabaseError``, `.constraintViolation` when a model is not there.
    package func admitModelTags(_ tags: [Owned<String, Tag>], on connection: any SQLConnection) throws {
        try AdmissionStore.insert(tags, on: connection)
    }

    /// Takes in tags of versions, each owned by its model's name and its number.
    ///
    /// - Throws: ``DatabaseError``, `.constraintViolation` when a version is not there.
    package func admitVersionTags(_ tags: [(name: String, number: Int, tag: Tag)], on connection: any SQLConnection)
        throws
    {
        try AdmissionStore.insert(tags, on: connection)
    }

    /// Takes in aliases of registered models.
    ///
    /// - Throws: ``DatabaseError``, `.constraintViolation` when a version is not there.
    package func admit(_ aliases: [Owned<String, ModelAlias>], on connection: any SQLConnection) throws {
        try AdmissionStore.insert(aliases, on: connection)
    }

    /// The registered models among `names` that are there, with tags and aliases; at most 1,000 are asked for.
    ///
    /// - Throws: ``DatabaseError``.
    package func models(_ names: [String], on connection: any SQLConnection) throws -> [RegisteredModel] {
        guard !names.isEmpty else { return [] }
        return try RegisteredModelStore.models(
            SQLSelection(
                text: "WHERE m.name IN (" + .parameters(from: 1, count: names.count) + ")",
                parameters: names.map { .text($0) }
            ),
            on: connection
        )
    }

    /// Which versions of the models called by one of `names`, at most 1,000, are there under one of `numbers`.
    ///
    /// - Throws: ``DatabaseError``.
    package func versions(
        of names: [String],
        numbered numbers: ClosedRange<Int>,
        on connection: any SQLConnection
    ) throws -> [Subject] {
        try AdmissionStore.versions(of: names, numbered: numbers, on: connection)
    }

    /// A version with its tags; nil when it is not there or deleted.
    ///
    /// - Throws: ``DatabaseError``.
    package func version(_ name: String, _ number: Int, on connection: any SQLConnection) throws -> ModelVersion? {
        try ModelVersionStore.find(name, number, on: connection)
    }

    /// The version with the pin that its files still bear out: a running server may share the store.
    private func confirmed(_ prepared: PreparedVersion, on connection: any SQLConnection) throws -> PreparedVersion {
        var version = prepared.version
        let outcome = FilePinner.Outcome(pin: version.pin, files: prepared.files)
        let confirmed = try confirmed(outcome, at: version.storageLocation, on: connection)
        version.pin = confirmed.pin
        return PreparedVersion(version: version, files: confirmed.files)
    }

    private func prepare(_ admitted: AdmittedVersion) async throws -> PreparedVersion {
        let (location, isGoing) = try await database.read { connection in
            let location = try VersionOrigin.storage(
                of: admitted.downloadURI,
                tracking: self.tracking,
                on: connection
            )
            let folder = FilePinner.folder(location)
            return (location, try folder.map { try ArtifactRemovals.touch($0, on: connection) } ?? false)
        }
        let manifest =
            isGoing
            ? FilePinner.Outcome.without(.unpinned(reason: "its files are about to be removed"))
            : try await pinner.admit(location)
        return PreparedVersion(admitted, at: location, manifest)
    }
}

extension VersionOrigin {
    /// The artifact URI of the folder that a version's download URI means.
    fileprivate static func storage(
        of downloadURI: String,
        tracking: TrackingService,
        on connection: any SQLConnection
    ) throws -> String {
        let uri = SourceURI(downloadURI)
        if uri.scheme == "runs", let runID = uri.path.split(separator: "/").first,
            let run = try tracking.run(RunID(String(runID)), on: connection)
        {
            return artifact(uri, of: run)
        }
        if let id = loggedModel(downloadURI), let model = try tracking.loggedModel(id, on: connection) {
            return model.artifactURI
        }
        return downloadURI
    }

    /// The version that a source of the form `models:/NAME/NUMBER` names, or what stands for it until it is there.
    fileprivate static func original(_ source: String, on connection: any SQLConnection) throws -> Subject? {
        guard case .version(let name, .number(let number)) = ModelURI(SourceURI(source)) else { return nil }
        let version = try ModelVersionStore.find(name, number, on: connection)
        return version?.subject ?? VersionLineage.external(name, String(number))
    }

    /// The logged model that a source of the form `models:/ID` names.
    static func loggedModel(_ source: String) -> LoggedModelID? {
        guard case .loggedModel(let id) = ModelURI(SourceURI(source)) else { return nil }
        return id
    }
}
