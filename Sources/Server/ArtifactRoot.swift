import Glibc
import Kernel
import ObjectStore

/// Where new experiments keep their artifacts: the server's own store, or a place that clients go to themselves.
struct ArtifactRoot: Sendable {
    /// Where the files below the root are, as far as this server reaches them.
    enum Place: Sendable, Equatable {
        /// In the server's store, below a folder of it.
        case store(folder: String)
        /// In a folder of this machine that clients write to.
        case folder(String)
        /// Somewhere that clients alone go to.
        case elsewhere
    }

    /// The scheme of artifacts that the server keeps itself.
    static let ownScheme = "mlflow-artifacts:"
    private static let proxyPath = "/api/2.0/mlflow-artifacts/artifacts"

    /// The root without a slash at its end; what stands in front of an experiment's number.
    let uri: String
    /// Where its files are.
    let place: Place
    /// The way to a folder of this machine; nil when its files are not in one.
    let folders: OutsideFolders?

    /// The root that `configuration` names.
    ///
    /// - Throws: ``StartupError`` when artifacts are neither served nor kept elsewhere.
    init(_ configuration: ServerConfiguration) throws {
        let isServing = configuration.servesArtifacts
        guard let given = configuration.defaultArtifactRoot.flatMap({ $0.isEmpty ? nil : $0 }) else {
            guard isServing else {
                throw StartupError(
                    "Without artifacts of its own the server must know where clients keep theirs. "
                        + "Say so: --default-artifact-root"
                )
            }
            self.init(uri: Self.ownScheme + "/")
            return
        }
        self.init(uri: given, apartFrom: configuration.ownPaths)
    }

    /// The root `uri`, which is not read where it holds what lies at the paths `own`; a relative path counts from the
    /// working folder.
    init(uri given: String, apartFrom own: [String] = []) {
        var uri = given.contains(":") || given.hasPrefix("/") ? given : "\(Self.workingFolder)/\(given)"
        while uri.hasSuffix("/") { uri.removeLast() }
        self.uri = uri
        place = Self.place(uri)
        if case .folder = place { folders = OutsideFolders(apartFrom: own) } else { folders = nil }
    }

    /// Whether it is a bucket of S3.
    var isBucket: Bool { uri.lowercased().hasPrefix("s3://") }

    private static func place(_ uri: String) -> Place {
        if uri.hasPrefix(ownScheme) { return .store(folder: folderName(uri.dropFirst(ownScheme.count))) }
        if uri.hasPrefix("http://") || uri.hasPrefix("https://"), let path = uri.firstRange(of: proxyPath) {
            return .store(folder: folderName(uri[path.upperBound...]))
        }
        if uri.hasPrefix("/") { return .folder(uri) }
        guard uri.hasPrefix("file:///"), let path = PercentEncoding.decode(uri.dropFirst("file://".count)) else {
            return .elsewhere
        }
        return .folder(path)
    }

    private static func folderName(_ path: Substring) -> String {
        String(path.drop { $0 == "/" })
    }

    /// The folder in which the server was started; `/` when it is gone.
    static var workingFolder: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(validatingCString: path) ?? "/"
    }
}
