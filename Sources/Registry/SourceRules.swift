import Kernel
import Tracking

/// What a version's source may be, so that nobody registers files that are not his: MLflow 3.18's rules and words.
enum SourceRules {
    /// What must hold the source: the run, or the logged model, that the request names.
    enum Holder {
        /// The run's or logged model's folder, nil when the request names none or one that is not there.
        case run(id: String, folder: String?)
        case loggedModel(id: String, folder: String?)

        fileprivate var parameter: String {
            switch self {
            case .run: "run_id"
            case .loggedModel: "model_id"
            }
        }

        fileprivate var id: String {
            switch self {
            case .run(let id, _), .loggedModel(let id, _): id
            }
        }

        fileprivate var folder: SourceURI? {
            switch self {
            case .run(_, let folder), .loggedModel(_, let folder): folder.map { SourceURI($0) }
            }
        }
    }

    /// Refuses `source` unless it is plain, and lies in `holder` where its scheme says that it must.
    static func check(_ source: String, in holder: Holder) throws {
        let uri = SourceURI(source)
        if uri.scheme.isEmpty || uri.scheme == "file" {
            return try checkLocal(source, uri, in: holder)
        }
        try checkPlain(source)
        switch uri.scheme {
        case "runs":
            let runID = uri.path.split(separator: "/").first.map(String.init)
            guard uri.authority.isEmpty, case .run(let id, _) = holder, !id.isEmpty, runID == id else {
                throw notHeld(source, by: holder)
            }
        case "models":
            guard uri.authority.isEmpty, let named = ModelURI(uri) else { throw elsewhere(source, "model_id") }
            guard case .loggedModel(let named) = named else { return }
            guard case .loggedModel(let id, _) = holder, named.text == id else { throw elsewhere(source, "model_id") }
        default:
            guard uri.isProxiedArtifact else { return }
            guard let folder = holder.folder, uri.isWithin(folder) else { throw notHeld(source, by: holder) }
        }
    }

    /// The error of a `models:` source that names another registry.
    static func otherRegistry(_ source: String) -> MartletError {
        RegistryRules.invalid(
            "Invalid model version source: '\(source)'. Registered model sources must use the active model registry."
        )
    }

    /// The error of a source that is not in what `parameter` names.
    static func elsewhere(_ source: String, _ parameter: String) -> MartletError {
        RegistryRules.invalid(
            "Invalid model version source: '\(source)'. The \(parameter) request parameter must identify the resource"
                + " that contains the source."
        )
    }

    private static func notHeld(_ source: String, by holder: Holder) -> MartletError {
        elsewhere(source, holder.parameter)
    }

    private static func checkLocal(_ source: String, _ uri: SourceURI, in holder: Holder) throws {
        let isRemote = !uri.authority.isEmpty && !["localhost", "127.0.0.1", "."].contains(uri.authority.lowercased())
        guard !isRemote else {
            throw MartletError(
                .internalError,
                "\(source) is not a valid remote uri. For remote access on windows, please consider using a different"
                    + " scheme such as SMB (e.g. smb://<hostname>/<path>)."
            )
        }
        if !holder.id.isEmpty, holder.folder == nil { throw notHeld(source, by: holder) }
        if let folder = holder.folder, folder.scheme.isEmpty || folder.scheme == "file",
            let wanted = components(SourceURI.decodedFully(folder.path)),
            let given = components(PythonText.normalizedPath(SourceURI.decodedFully(uri.path))),
            given.starts(with: wanted)
        {
            return
        }
        throw RegistryRules.invalid(
            "Invalid model version source: '\(source)'. To use a local path as a model version source, the"
                + " \(holder.parameter) request parameter has to be specified and the local path has to be contained"
                + " within the artifact directory of the run specified by the \(holder.parameter)."
        )
    }

    /// The names on the way to an absolute path, nil when it is relative or not plain.
    private static func components(_ path: String) -> [Substring]? {
        let parts = path.split(separator: "/")
        guard path.hasPrefix("/"), !path.unicodeScalars.contains("\0"), !parts.contains("."), !parts.contains("..")
        else { return nil }
        return parts
    }

    /// Refuses relative parts, however often they are percent-encoded, and what is not an absolute path.
    private static func checkPlain(_ source: String) throws {
        let decoded = SourceURI.decodedFully(source, plusIsSpace: true)
        let path = SourceURI(decoded).path
        guard !decoded.split(separator: "/").contains(".."), let parts = components(path), !parts.isEmpty else {
            throw RegistryRules.invalid(
                "Invalid model version source: '\(source)'. If supplying a source as an http, https, local file path,"
                    + " ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative"
                    + " path references present. Please provide an absolute path."
            )
        }
    }
}
