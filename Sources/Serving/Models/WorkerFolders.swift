import FoundationEssentials
import Inference
import Kernel
import ObjectStore
import Registry
import Synchronization

/// The folders of this machine in which the files of models lie for Python, each for one deployment.
///
/// They are copies: a model may write beside its files, and what is started again reads what was hashed.
final class WorkerFolders: Sendable {
    private let folder: String
    private let store = Mutex<LocalObjectStore?>(nil)

    /// Folders in `folder`, which is theirs alone.
    init(in folder: String) {
        self.folder = folder
    }

    /// Copies `files` of a version.
    ///
    /// - Returns: the copies, which go when nobody holds them any more.
    /// - Throws: `RESOURCE_CONFLICT` when a file is not the one that was hashed; what reading and writing throw.
    func copy(_ files: [PinnedFile], of place: VersionFolder) async throws -> WorkerFiles {
        let store = try openStore()
        var generator = SystemRandomNumberGenerator()
        let name = String(UInt64.random(in: .min ... .max, using: &generator), radix: 16)
        let root = "\(folder)/\(name)"
        let copies = WorkerFiles(root: root, model: root + "/model")
        for file in files {
            let reader = try await place.store.open(place.key(of: file.path), expecting: file.digest)
            let key = try ObjectKey("\(name)/model").appending(decoded: file.path)
            let stored = try await store.put(key, from: reader.read(), expectedLength: file.sizeBytes)
            guard stored.digest == file.digest else {
                throw MartletError(.resourceConflict, "The file \(file.path) is not the one that was registered")
            }
        }
        return copies
    }

    private func openStore() throws -> LocalObjectStore {
        try store.withLock { store in
            if let store { return store }
            // What a server that was killed has left behind; nobody else uses the folder.
            try? FileManager.default.removeItem(atPath: folder)
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            let opened = try LocalObjectStore(root: folder)
            store = opened
            return opened
        }
    }
}
