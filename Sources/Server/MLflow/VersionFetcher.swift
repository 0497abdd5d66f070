import Artifacts
import Kernel
import Ledger
import ObjectStore
import Outbound
import Registry
import Serving

/// Fetches versions of the MLflow server behind this one into its own registry, when they are to be served.
struct VersionFetcher: Sendable {
    private static let filesMax = 10_000
    private static let bytesMax: Int64 = 256 << 30
    private static let secondsMax: Int64 = 3600
    private static let foldersRoot = "fetched"
    let mlflow: ExternalMLflow
    let registry: RegistryService
    let artifacts: ArtifactService
    /// One after the other of those who want one version: who comes second finds it here.
    private let turns = NamedTurns()
    /// Each fetch holds a connection and a file.
    private let places = Turn(places: 4)

    init(mlflow: ExternalMLflow, registry: RegistryService, artifacts: ArtifactService) {
        self.mlflow = mlflow
        self.registry = registry
        self.artifacts = artifacts
    }

    /// Finds versions that are to be served: in `registry`, after they were fetched into it where a server is behind.
    static func finder(
        from mlflow: ExternalMLflow?,
        into registry: RegistryService,
        _ artifacts: ArtifactService
    ) -> ServingService.VersionFinder {
        guard let mlflow else { return { _, selector, _ in selector } }
        let fetcher = VersionFetcher(mlflow: mlflow, registry: registry, artifacts: artifacts)
        return { name, selector, actor in try await fetcher.find(name, selector, by: actor) }
    }

    /// The version that `selector` means by what the server behind says, which is in this server's registry then. What
    /// that one does not have is left to this one's registry.
    ///
    /// - Throws: `RESOURCE_CONFLICT` when there is another version of that number here; `INVALID_PARAMETER_VALUE` when
    ///   the server behind does not give its files; `RESOURCE_EXHAUSTED` when they are too many or too large;
    ///   `DEADLINE_EXCEEDED`; `TEMPORARILY_UNAVAILABLE`; what the artifact store throws.
    func find(_ name: String, _ selector: VersionSelector, by actor: Actor) async throws -> VersionSelector {
        guard let wanted = try await described(name, selector) else { return selector }
        try await turns.take("\(name)/\(wanted.number)") {
            guard try await !isHere(wanted) else { return }
            try await places.take { try await fetch(wanted, by: actor) }
        }
        return .number(wanted.number)
    }

    /// What the server behind tells of the version; nil when it has none such.
    private func described(_ name: String, _ selector: VersionSelector) async throws -> MLflowVersion? {
        let answer: JSONObject
        do {
            switch selector {
            case .number(let number):
                let key: JSONObject = ["name": .string(name), "version": .string(String(number))]
                answer = try await mlflow.ask(.get("model-versions/get", key))
            case .alias(let alias):
                let key: JSONObject = ["name": .string(name), "alias": .string(alias)]
                answer = try await mlflow.ask(.get("registered-models/alias", key))
            case .stage(let stage):
                let key: JSONObject = ["name": .string(name), "stages": [.string(stage.rawValue)]]
                let latest = try await mlflow.ask(.post("registered-models/get-latest-versions", key))
                guard let version = latest["model_versions"]?.arrayValue?.first else { return nil }
                answer = ["model_version": version]
            case .semantic, .latest:
                // MLflow knows neither.
                return nil
            }
        } catch let error as MartletError
            where [.resourceDoesNotExist, .invalidParameterValue].contains(error.code)
        {
            // MLflow calls an alias that it does not have invalid.
            return nil
        }
        return try Self.expecting { try MLflowVersion(MLflowFields(answer).requiredObject("model_version"), of: name) }
    }

    /// Whether the version is in this server's registry.
    ///
    /// - Throws: `RESOURCE_CONFLICT` when it is another one that is there under its number.
    private func isHere(_ wanted: MLflowVersion) async throws -> Bool {
        let version: ModelVersion
        do {
            version = try await registry.version(wanted.name, .number(wanted.number))
        } catch let error as MartletError where error.code == .resourceDoesNotExist {
            return false
        }
        guard wanted.isSame(as: version) else {
            throw MartletError(
                .resourceConflict,
                "Model Version (name=\(wanted.name), version=\(wanted.number)) of the MLflow server behind is not the"
                    + " one that this server has under that number, which stays what it was: its source, run or time of"
                    + " creation differs. Register it there under another number or name, and deploy that."
            )
        }
        return true
    }

    /// Copies the files and takes the version in; when that fails nothing of it stays.
    private func fetch(_ wanted: MLflowVersion, by actor: Actor) async throws {
        // Made of the name, which may hold what no key does. The same each time, so that what a crash left is found.
        let folder = try ObjectKey(
            "\(Self.foldersRoot)/\(ContentDigest(of: wanted.name.utf8).hexadecimal)/\(wanted.number)"
        )
        try await clear(folder)
        do {
            try await TimeLimit(seconds: Self.secondsMax).keep {
                let files = try await copy(wanted, to: folder)
                let model = try await model(of: wanted)
                let version = wanted.admitted(downloadURI: "mlflow-artifacts:/\(folder)")
                _ = try await registry.admit(FetchedVersion(version, of: model, files: files), by: actor)
            }
        } catch {
            // Also when this task was called off. What stays nevertheless goes when this is tried again.
            _ = await Task { try await clear(folder) }.result
            guard case OutboundError.timeout = error else { throw error }
            throw MartletError(
                .deadlineExceeded,
                "The files of Model Version (name=\(wanted.name), version=\(wanted.number)) did not come within"
                    + " \(Self.secondsMax) s. \(Self.byImport)"
            )
        }
    }

    /// Removes what is in `folder`, unless a version is pinned to it.
    private func clear(_ folder: ObjectKey) async throws {
        try await artifacts.delete(folder) { [registry] in try registry.checkDeleting(folder, on: $0) }
    }

    private func copy(_ wanted: MLflowVersion, to folder: ObjectKey) async throws -> [PinnedFile] {
        let (source, paths) = try await Self.given(wanted) {
            guard let source = try await mlflow.folder(of: wanted) else { throw Self.notGiven(wanted) }
            let paths = try await mlflow.files(in: source, countMax: Self.filesMax)
            guard !paths.isEmpty else { throw Self.notGiven(wanted) }
            return (source, paths)
        }
        var files: [PinnedFile] = []
        var bytesLeft = Self.bytesMax
        for path in paths {
            let (bytes, length) = try await Self.given(wanted) { [bytesLeft] in
                try await mlflow.read(path, in: source, bytesMax: bytesLeft)
            }
            let key = try folder.appending(decoded: path)
            let stored = try await artifacts.put(key, from: bytes, expectedLength: length)
            bytesLeft -= stored.size
            files.append(PinnedFile(path: path, sizeBytes: stored.size, digest: stored.digest))
        }
        return files
    }

    /// What a server answers that can't read the files itself.
    private static let refusals: Set<MartletError.Code> = [
        .badRequest, .endpointNotFound, .internalError, .notImplemented, .permissionDenied, .resourceDoesNotExist,
    ]

    /// What `body` gets of the server behind, whose refusals are told with what to do then.
    private static func given<Value>(_ wanted: MLflowVersion, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as MartletError where refusals.contains(error.code) {
            throw notGiven(wanted, for: error)
        }
    }

    private static func notGiven(_ wanted: MLflowVersion, for error: MartletError? = nil) -> MartletError {
        MartletError(
            .invalidParameterValue,
            "The MLflow server behind does not give the files of Model Version (name=\(wanted.name),"
                + " version=\(wanted.number)). \(byImport)" + (error.map { " It said: \($0.message)" } ?? ""),
            cause: error
        )
    }

    private static let byImport =
        "Where clients alone reach them, bring the version over by `martlet import mlflow`, and name the place of its"
        + " files by --artifact-roots."

    private func model(of wanted: MLflowVersion) async throws -> AdmittedModel {
        let answer = try await mlflow.ask(.get("registered-models/get", ["name": .string(wanted.name)]))
        return try Self.expecting {
            let fields = try MLflowFields(answer).requiredObject("registered_model")
            let created = try fields.integer("creation_timestamp") ?? wanted.createdAt.milliseconds
            return AdmittedModel(
                name: wanted.name,
                createdAt: Timestamp(milliseconds: created),
                updatedAt: Timestamp(milliseconds: try fields.integer("last_updated_timestamp") ?? created),
                description: try fields.string("description"),
                lastNumber: wanted.number
            )
        }
    }

    /// What `body` reads in an answer. What is missing there is no mistake of who asked this server.
    private static func expecting<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as MartletError {
            throw MartletError(.internalError, ExternalMLflow.strange, cause: error)
        }
    }
}
