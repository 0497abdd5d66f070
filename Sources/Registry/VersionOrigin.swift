import Database
import Kernel
import Ledger
import Tracking

/// Where the files of a version to be created are, and what made them.
struct VersionOrigin: Sendable {
    /// The source as it is kept; one by alias or stage says the number instead.
    var source: String
    /// The artifact URI of the folder of the files.
    var storageLocation: String
    /// The URI that clients download from.
    var downloadURI: String
    var runID: RunID?
    var loggedModelID: LoggedModelID?
    /// The version that it is a copy of.
    var original: Subject?
}

extension VersionOrigin {
    /// Whether the files may lie in the artifact storage of this server, as far as the request tells.
    static func mayLieInStorage(_ new: NewModelVersion) -> Bool {
        ["mlflow-artifacts", "models", "runs"].contains(SourceURI(new.source).scheme)
    }

    /// The origin of a version as a client asks for it.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a source that is not plain or not the client's to register,
    ///   `RESOURCE_DOES_NOT_EXIST` when what it names is not there.
    static func resolve(
        _ new: NewModelVersion,
        tracking: TrackingService,
        on connection: any SQLConnection
    ) throws -> VersionOrigin {
        var origin = VersionOrigin(
            source: new.source,
            storageLocation: new.source,
            downloadURI: new.source,
            runID: new.runID,
            loggedModelID: new.loggedModelID
        )
        guard !PromptRules.marksPrompt(new.tags) else {
            try PromptRules.checkSource(new.source)
            return origin
        }
        let uri = SourceURI(new.source)
        if new.isKeptElsewhere, uri.scheme.isEmpty || uri.scheme == "file" { return origin }
        let named = uri.scheme == "models" ? try registryName(new.source, uri) : nil
        if case .version(let name, let selector) = named {
            try origin.inherit(from: name, selector, asked: new, on: connection)
        }
        let runID = origin.runID?.text ?? ""
        let loggedModelID = origin.loggedModelID?.text ?? ""
        if loggedModelID.isEmpty {
            let run = runID.isEmpty ? nil : try tracking.run(RunID(runID), on: connection)
            try SourceRules.check(origin.source, in: .run(id: runID, folder: run?.artifactURI))
            if uri.scheme == "runs", let run { origin.storageLocation = artifact(uri, of: run) }
        } else {
            let model = try tracking.loggedModel(LoggedModelID(loggedModelID), on: connection)
            try SourceRules.check(origin.source, in: .loggedModel(id: loggedModelID, folder: model?.artifactURI))
            if case .loggedModel = named {
                guard let model else { throw unreachable(new.source, LoggedModelID(loggedModelID)) }
                origin.storageLocation = model.artifactURI
                origin.downloadURI = model.artifactURI
            }
            // A copied version may outlive the logged model that the first one came from.
            guard model != nil || new.loggedModelID == nil else { throw missing(LoggedModelID(loggedModelID)) }
            if runID.isEmpty { origin.runID = model?.sourceRunID }
        }
        if origin.runID?.text == "" { origin.runID = nil }
        if origin.loggedModelID?.text == "" { origin.loggedModelID = nil }
        return origin
    }

    /// The error for a logged model that is not there.
    static func missing(_ id: LoggedModelID) -> MartletError {
        MartletError(.resourceDoesNotExist, "Logged model with ID '\(id)' not found.")
    }

    private static func registryName(_ source: String, _ uri: SourceURI) throws -> ModelURI {
        guard uri.authority.isEmpty else { throw SourceRules.otherRegistry(source) }
        guard let named = ModelURI(uri) else { throw SourceRules.elsewhere(source, "model_id") }
        return named
    }

    private static func unreachable(_ source: String, _ id: LoggedModelID) -> MartletError {
        MartletError(
            .resourceDoesNotExist,
            "Unable to fetch model from model URI source artifact location '\(source)'."
                + "Error: \(missing(id).message)"
        )
    }

    /// Where the files of `runs:/RUN/path` are.
    static func artifact(_ uri: SourceURI, of run: Run) -> String {
        ([run.artifactURI] + uri.path.split(separator: "/").dropFirst().map(String.init)).joined(separator: "/")
    }

    /// Takes over where the version `selector` of `name` came from.
    private mutating func inherit(
        from name: String,
        _ selector: VersionSelector,
        asked: NewModelVersion,
        on connection: any SQLConnection
    ) throws {
        guard let model = try RegisteredModelStore.find(name, on: connection) else {
            throw RegistryService.modelNotFound(name)
        }
        guard !model.isPrompt else {
            throw RegistryRules.invalid(
                "Invalid model version source: '\(asked.source)'. Prompt versions cannot be used as model version"
                    + " sources."
            )
        }
        let origin =
            if case .alias(let alias) = selector {
                try RegistryService.find(name, aliased: alias, on: connection)
            } else {
                try RegistryService.find(name, selector, on: connection)
            }
        guard asked.runID.map({ $0.text == origin.runID?.text ?? "" }) ?? true,
            asked.loggedModelID.map({ $0.text == origin.loggedModelID?.text ?? "" }) ?? true
        else {
            throw RegistryRules.invalid(
                "Invalid model version source: '\(asked.source)'. The run_id and model_id request parameters must"
                    + " match the referenced model version."
            )
        }
        source = "models:/\(name)/\(origin.number)"
        original = origin.subject
        storageLocation = origin.storageLocation
        downloadURI = origin.downloadURI
        runID = asked.runID ?? origin.runID
        loggedModelID = asked.loggedModelID ?? origin.loggedModelID
    }
}

extension VersionOrigin {
    /// What lineage knows of where a version came from.
    struct Link: Sendable {
        /// The version.
        let subject: Subject
        var runID: RunID?
        var loggedModelID: LoggedModelID?
        /// The version that it is a copy of.
        var original: Subject?

        /// What the edge from an original to its copy is called.
        static let copy = "copied_to"
    }
}
