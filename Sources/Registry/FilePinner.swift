import Artifacts
import Kernel
import ObjectStore

/// Lists and hashes the files of a version that is about to be registered.
struct FilePinner: Sendable {
    /// What came of it: the files of a pin, none without one.
    struct Outcome: Sendable {
        let pin: FilePin
        let files: [PinnedFile]

        static func unpinned(_ reason: String) -> Outcome {
            Outcome(pin: .unpinned(reason: reason), files: [])
        }
    }

    private static let filesMax = 10_000

    let artifacts: ArtifactService

    /// The manifest of the files under `location`; without one, why a version there can't be pinned.
    ///
    /// - Throws: `CancellationError`; ``DatabaseError``.
    func manifest(of location: String) async throws -> Outcome {
        guard let folder = Self.folder(location) else {
            return .unpinned("its files are not in the artifact storage of this server")
        }
        do {
            guard let found = try await artifacts.files(below: folder, countMax: Self.filesMax) else {
                return .unpinned("it has more than \(Self.filesMax) files")
            }
            guard !found.isEmpty else { return .unpinned("there were no files when it was registered") }
            let files = found.map { PinnedFile(path: $0.path, sizeBytes: $0.sizeBytes, digest: $0.digest) }
            let manifest = FileManifest(files)
            return Outcome(pin: .pinned(manifest.digest), files: manifest.files)
        } catch let error as MartletError {
            return .unpinned("its files could not be read when it was registered: \(error.message)")
        }
    }

    /// The folder in the artifact storage that `location` names, nil when it lies elsewhere.
    static func folder(_ location: String) -> ObjectKey? {
        let uri = SourceURI(location)
        guard uri.scheme == "mlflow-artifacts", uri.authority.isEmpty else { return nil }
        do { return try ObjectKey(uri.path.split(separator: "/").joined(separator: "/")) } catch { return nil }
    }
}
