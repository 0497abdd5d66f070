import Kernel
import ObjectStore

/// Where the server keeps artifacts, as it is told.
enum ArtifactDestination: Sendable {
    /// In the data folder.
    case dataDirectory
    /// In the folder at this path.
    case folder(String)
    /// In a bucket.
    case s3(S3Location, AWSCredentials)

    /// What `--artifacts-destination` and the environment say.
    ///
    /// - Throws: ``StartupError`` when it can't be understood.
    init(_ configuration: ServerConfiguration) throws {
        guard let text = configuration.artifactsDestination, !text.isEmpty else {
            self = .dataDirectory
            return
        }
        if text.lowercased().hasPrefix("s3:") {
            guard let credentials = AWSCredentials(environment: configuration.environment) else {
                throw StartupError(
                    "There are no credentials for '\(text)'. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and "
                        + "AWS_SESSION_TOKEN where they are temporary."
                )
            }
            do throws(S3LocationError) {
                self = .s3(try S3Location(uri: text, environment: configuration.environment), credentials)
            } catch {
                throw StartupError("Artifacts can't be kept there: \(error.description)")
            }
            return
        }
        if text.hasPrefix("file://"), let path = PercentEncoding.decode(text.dropFirst("file://".count)) {
            self = .folder(path)
            return
        }
        guard !text.contains("://") else {
            throw StartupError(
                "Artifacts are kept in a folder or in S3, not at '\(text)'. Choose one: --artifacts-destination"
            )
        }
        self = .folder(text)
    }

    /// Whether it is a bucket.
    var isBucket: Bool { if case .s3 = self { true } else { false } }

    /// Opens the store. Copies of what is in a bucket lie in `cache`.
    ///
    /// - Throws: ``StartupError`` when a bucket can't be used; what opening a folder throws.
    func open(
        in directory: DataDirectory,
        clock: WallClock,
        cache: ObjectCache?
    ) async throws -> any ObjectStore {
        switch self {
        case .dataDirectory: return try LocalObjectStore(root: directory.artifactsPath)
        case .folder(let path): return try LocalObjectStore(root: path)
        case .s3(let location, let credentials):
            let store = S3ObjectStore(
                location: location,
                credentials: credentials,
                cache: try cache ?? ObjectCache(folder: directory.cachePath),
                clock: clock
            )
            do {
                try await store.checkBucket()
            } catch let error as S3Error {
                throw StartupError("The bucket for artifacts can't be used: \(error)")
            }
            return store
        }
    }
}
