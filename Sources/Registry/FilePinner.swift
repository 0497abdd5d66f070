import Artifacts
import Kernel
import ObjectStore

/// Lists and hashes the files of a version.
struct FilePinner: Sendable {
    /// What came of it: the files of a pin, none without one.
    struct Outcome: Sendable {
        let pin: FilePin
        let files: [PinnedFile]

        static func without(_ pin: FilePin) -> Outcome { Outcome(pin: pin, files: []) }
    }

    private static let filesMax = 10_000

    let artifacts: ArtifactService
    let outside: OutsideSources

    /// What a version that comes from `origin` is registered with: what is in the artifact storage is read now, what
    /// is below another root that may be read waits for its reading.
    ///
    /// - Throws: `CancellationError`; ``DatabaseError``.
    func register(_ origin: VersionOrigin, isElsewhere: Bool) async throws -> Outcome {
        guard Self.folder(origin.storageLocation) == nil else { return try await read(origin.storageLocation) }
        return leave(origin, isElsewhere: isElsewhere)
    }

    /// What a version whose files are not in the artifact storage is registered with, before anybody reads them.
    func leave(_ origin: VersionOrigin, isElsewhere: Bool) -> Outcome {
        let location = origin.storageLocation
        if isElsewhere, ["", "file"].contains(SourceURI(origin.source).scheme) {
            return .without(.unpinned(reason: "its files are on another machine"))
        }
        return .without(
            outside.hold(location) ? .pending(problem: nil) : .unpinned(reason: Self.elsewhere(location))
        )
    }

    /// What a version that comes from another registry is taken in with. Which roots may be read is known to the server
    /// that will read them, and that is another process.
    ///
    /// - Throws: `CancellationError`; ``DatabaseError``.
    func admit(_ location: String) async throws -> Outcome {
        guard OutsideLocation(location) == nil else { return .without(.pending(problem: nil)) }
        return try await read(location)
    }

    /// The manifest of the files at `location`; without one, why they can't be pinned, or can't now.
    ///
    /// - Throws: `CancellationError`; ``DatabaseError``.
    func read(_ location: String) async throws -> Outcome {
        do {
            let files: [PinnedFile]?
            if let folder = Self.folder(location) {
                files = try await artifacts.files(below: folder, countMax: Self.filesMax)?.map {
                    PinnedFile(path: $0.path, sizeBytes: $0.sizeBytes, digest: $0.digest)
                }
            } else {
                guard let folder = try await outside.folder(location) else {
                    return .without(.unpinned(reason: Self.elsewhere(location)))
                }
                files = try await Self.files(in: folder)
            }
            guard let files else { return .without(.unpinned(reason: "it has more than \(Self.filesMax) files")) }
            guard !files.isEmpty else {
                return .without(.unpinned(reason: "there were no files when they were read"))
            }
            let manifest = FileManifest(files)
            return Outcome(pin: .pinned(manifest.digest), files: manifest.files)
        } catch let error as MartletError where error.mayPass {
            return .without(.pending(problem: error.message))
        } catch let error as MartletError {
            let isForbidden = (error.cause as? ObjectStoreError)?.isForbidden ?? false
            let why = isForbidden ? "the server's user may not read them" : error.message
            return .without(.unpinned(reason: "its files could not be read: \(why)"))
        }
    }

    /// The files of a folder of somebody else's, each read to its end; nil when there are too many.
    private static func files(in folder: VersionFolder) async throws -> [PinnedFile]? {
        let listings = try await folder.store.list(folder.key, recursive: true).filter { !$0.isDirectory }
        if listings.isEmpty, try await !folder.store.exists(folder.key) {
            throw MartletError(.resourceDoesNotExist, "their folder is not there")
        }
        guard listings.count <= filesMax else { return nil }
        var files: [PinnedFile] = []
        for listing in listings {
            let read = try await folder.store.digest(of: folder.key(of: listing.name))
            guard read.etag == listing.etag else {
                throw MartletError(.aborted, "'\(listing.name)' was replaced while it was read")
            }
            files.append(PinnedFile(path: listing.name, sizeBytes: read.size, digest: read.digest))
        }
        return files
    }

    /// Why nothing is read at `location`.
    static func elsewhere(_ location: String) -> String {
        guard OutsideLocation(location) != nil else {
            return "its files are not in the artifact storage of this server"
        }
        return "its files are neither in the artifact storage of this server nor below a root that it may read"
            + " (--artifact-roots)"
    }

    /// The folder in the artifact storage that `location` names, nil when it lies elsewhere.
    static func folder(_ location: String) -> ObjectKey? {
        let uri = SourceURI(location)
        guard uri.scheme == "mlflow-artifacts", uri.authority.isEmpty else { return nil }
        do { return try ObjectKey(uri.path.split(separator: "/").joined(separator: "/")) } catch { return nil }
    }
}

extension MartletError {
    /// Whether reading again may go well without anybody doing something.
    fileprivate var mayPass: Bool {
        [.temporarilyUnavailable, .aborted, .dataLoss, .deadlineExceeded].contains(code)
    }
}
