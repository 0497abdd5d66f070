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
        if let location = try Self.bucket(text, configuration) {
            guard let credentials = AWSCredentials(environment: configuration.environment) else {
                throw StartupError(
                    "There are no credentials for '\(text)'. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and "
                        + "AWS_SESSION_TOKEN where they are temporary."
                )
            }
            self = .s3(location, credentials)
            return
        }
        if text.hasPrefix("file://"), let path = PercentEncoding.decode(text.dropFirst("file://".count)) {
            self = .folder(path)
            return
        }
        self = .folder(text)
    }

    /// Refuses a place that can't be understood, whatever the environment lacks.
    ///
    /// - Throws: ``StartupError``.
    static func check(_ configuration: ServerConfiguration) throws {
        guard let text = configuration.artifactsDestination, !text.isEmpty else { return }
        _ = try bucket(text, configuration)
    }

    /// The bucket that `text` names; nil for a folder.
    private static func bucket(_ text: String, _ configuration: ServerConfiguration) throws -> S3Location? {
        guard text.lowercased().hasPrefix("s3:") else {
            guard text.hasPrefix("file://") || !text.contains("://") else {
                throw StartupError(
                    "Artifacts are kept in a folder or in S3, not at '\(text)'. Choose one: --artifacts-destination"
                )
            }
            return nil
        }
        do throws(S3LocationError) {
            return try S3Location(uri: text, environment: configuration.environment)
        } catch {
            throw StartupError("Artifacts can't be kept there: \(error.description)")
        }
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
