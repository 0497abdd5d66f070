import Kernel
import ObjectStore
import Registry

/// The roots outside its artifact storage below which the server may read artifacts: the root of new experiments, and
/// those that it is told of.
struct OutsideRoots: Sendable {
    private struct Bucket: Sendable {
        let uri: String
        let location: S3Location
        let credentials: AWSCredentials
    }

    private let folders: [String]
    private let buckets: [Bucket]
    /// The root of new experiments where it is a bucket that this server can't read, and why.
    private let closed: (uri: String, problem: StartupError)?
    /// The threads on which folders are read, where there are any.
    private let outside: OutsideFolders?

    /// Whether copies of objects are needed.
    var haveBuckets: Bool { !buckets.isEmpty }

    /// What `configuration` says. A bucket without credentials may be the root of new experiments: clients alone go
    /// there, and reading answers why.
    ///
    /// - Throws: ``StartupError`` for a root of `--artifact-roots` that can't be read, and for a folder that holds the
    ///   data folder or the database.
    init(_ configuration: ServerConfiguration, root: ArtifactRoot) throws {
        var (folders, buckets): ([String], [Bucket]) = ([], [])
        var closed: (String, StartupError)?
        if case .folder(let path) = root.place { folders.append(path) }
        if root.isBucket {
            do throws(StartupError) {
                buckets.append(try Self.bucket(root.uri, configuration.environment))
            } catch {
                closed = (root.uri, error)
            }
        }
        for text in configuration.artifactRoots {
            let named = ArtifactRoot(uri: text)
            if case .folder(let path) = named.place, OutsideRoot(path, store: { nil }) != nil {
                folders.append(path)
            } else if named.isBucket {
                buckets.append(try Self.bucket(named.uri, configuration.environment))
            } else {
                throw StartupError(
                    "'\(text)' is no folder and no bucket to read models from. Name others: --artifact-roots"
                )
            }
        }
        let own = configuration.ownPaths
        for folder in folders where own.contains(where: { OutsideFolders.folder(folder, holds: $0) }) {
            throw StartupError(
                "All that lies below '\(folder)' could be read by every caller, and the server's own database or secret"
                    + " key lies there. Name a folder that holds neither: --default-artifact-root, --artifact-roots. Or"
                    + " keep them elsewhere: --data-dir, --backend-store-uri"
            )
        }
        self.folders = folders
        self.buckets = buckets
        self.closed = closed
        outside = folders.isEmpty ? nil : root.folders ?? OutsideFolders(apartFrom: own)
    }

    private static func bucket(_ uri: String, _ environment: [String: String]) throws(StartupError) -> Bucket {
        guard let credentials = AWSCredentials(environment: environment) else {
            throw StartupError(
                "There are no credentials for '\(uri)'. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and "
                    + "AWS_SESSION_TOKEN where they are temporary."
            )
        }
        do throws(S3LocationError) {
            return Bucket(
                uri: uri,
                location: try S3Location(uri: uri, environment: environment),
                credentials: credentials
            )
        } catch {
            throw StartupError("Artifacts can't be read there: \(error.description)")
        }
    }

    /// The stores at the roots, which are looked at when they are needed. Copies of objects lie in `cache`.
    func sources(clock: WallClock, cache: ObjectCache?) -> OutsideSources {
        var roots = folders.compactMap { path in
            OutsideRoot(path) { [outside] in try await outside?.store(in: path, isStrict: true) }
        }
        if let cache {
            roots += buckets.compactMap { bucket in
                let store = S3ObjectStore(
                    location: bucket.location,
                    credentials: bucket.credentials,
                    cache: cache,
                    clock: clock
                )
                return OutsideRoot(bucket.uri) { store }
            }
        }
        if let closed {
            let message = "This server can't read below its root of artifacts. \(closed.problem.description)"
            let root = OutsideRoot(closed.uri) { throw MartletError(.invalidParameterValue, message) }
            if let root { roots.append(root) }
        }
        return OutsideSources(roots)
    }
}
