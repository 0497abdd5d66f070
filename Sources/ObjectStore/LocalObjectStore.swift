import Glibc
package import Kernel

/// Objects kept as files in a folder of this machine.
///
/// A key is a path in the folder. An object appears whole or not at all, survives a loss of power once `put` has
/// returned, and is never changed in place. Several processes may share a folder.
package final class LocalObjectStore: ObjectStore {
    let tree: ObjectTree
    let threads: FileThreads
    /// Whether a recursive listing refuses what it would else leave out.
    private let isStrict: Bool

    /// The store in the folder `root`, which is made when missing; what a crash left unfinished is removed.
    ///
    /// - Throws: `INTERNAL_ERROR` when the folder can't be made or read; its cause is an ``ObjectStoreError``.
    package init(root: String) throws {
        threads = FileThreads()
        isStrict = false
        do throws(ObjectStoreError) {
            tree = try ObjectTree(root: root)
            try tree.removeLeftovers()
        } catch {
            throw MartletError(.internalError, "The folder for artifacts can't be used", cause: error)
        }
    }

    /// The store in `tree`, on threads that it shares; strict, where a recursive listing must not leave out anything.
    init(tree: ObjectTree, threads: FileThreads, isStrict: Bool) {
        self.tree = tree
        self.threads = threads
        self.isStrict = isStrict
    }

    /// Opens an object for reading.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when nothing is there, `INVALID_PARAMETER_VALUE` for a folder and for a
    ///   symbolic link out of the store.
    package func open(_ key: ObjectKey) async throws -> ObjectReader {
        try await perform(key) { [tree, threads] in
            guard let (file, status) = try tree.openFile(key) else { throw MartletError.noSuchArtifact(key) }
            return ObjectReader(file, status: status, threads: threads)
        }
    }

    /// What a folder holds, in byte order of the names; nothing for a file and for what is missing.
    ///
    /// Links out of the store and special files are left out; folders behind links are listed, not entered. A strict
    /// store refuses a recursive listing where there are such.
    /// - Parameters:
    ///   - key: the folder.
    ///   - recursive: whether to list what is in its folders too, in one list.
    /// - Returns: at most ``ObjectListing/countMax`` entries.
    /// - Throws: `RESOURCE_EXHAUSTED` when there are more entries than that; `PERMISSION_DENIED` for a strict store.
    package func list(_ key: ObjectKey, recursive: Bool) async throws -> [ObjectListing] {
        try await perform(key) { [tree, isStrict] in
            guard let folder = try tree.resolve(key) else { return [] }
            var listings: [ObjectListing] = []
            var pending = [(prefix: "", path: folder)]
            while let (prefix, folder) = pending.popLast() {
                for entry in try tree.names(in: folder, countMax: ObjectListing.countMax + 1 - listings.count) {
                    let (name, path) = (prefix + entry, "\(folder)/\(entry)")
                    let listing = Self.listing(name, at: path, in: tree)
                    if recursive, isStrict { try Self.checkPlain(name, listing, at: path, in: tree) }
                    guard let listing else { continue }
                    listings.append(listing)
                    guard recursive, listing.isDirectory, !tree.isLink(path) else { continue }
                    pending.append((name + "/", path))
                }
                guard listings.count <= ObjectListing.countMax else { throw MartletError.tooManyListings(key) }
            }
            return listings.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
    }

    /// Whether an object or a folder is there.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a symbolic link out of the store.
    package func exists(_ key: ObjectKey) async throws -> Bool {
        try await perform(key) { [tree] in try tree.resolve(key) != nil }
    }

    /// The real path of an object or a folder, for engines that open files themselves.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when nothing is there, `INVALID_PARAMETER_VALUE` for a symbolic link out
    ///   of the store.
    package func localPath(_ key: ObjectKey) async throws -> String {
        try await perform(key) { [tree] in try Self.existing(key, in: tree) }
    }

    /// Opens an object; whoever reads it sees whether its digest is the one that he expects.
    ///
    /// - Throws: as ``open(_:)``.
    package func open(_ key: ObjectKey, expecting digest: ContentDigest) async throws -> ObjectReader {
        try await open(key)
    }

    /// The root.
    package var localRoot: String { tree.root }

    /// The folder itself, once its files have been compared with their digests.
    ///
    /// - Throws: `RESOURCE_CONFLICT` when a file has another digest; what reading throws.
    package func localFolder(_ folder: ObjectKey, files: [ObjectContent]) async throws -> LocalFolder {
        for file in files {
            let key = try folder.appending(decoded: file.path)
            guard try await digest(of: key).digest == file.digest else { throw MartletError.otherContent(key) }
        }
        return LocalFolder(path: try await localPath(folder))
    }

    /// The SHA-256 of an object, read from the disk in steps of 1 MiB.
    ///
    /// - Returns: the digest, with size and tag of the object that was read.
    /// - Throws: what ``open(_:)`` and reading throw; `CancellationError` between two steps.
    package func digest(of key: ObjectKey) async throws -> StoredObject {
        let (file, status) = try await perform(key) { [tree] in
            guard let open = try tree.openFile(key) else { throw MartletError.noSuchArtifact(key) }
            return open
        }
        let size = Int64(status.st_size)
        do {
            let read = try await threads.digest(of: file, sizeMax: size)
            guard read.size == size else {
                throw MartletError(.dataLoss, "'\(key)' ended \(size - read.size) bytes early")
            }
            return StoredObject(size: size, digest: read.digest, etag: status.entityTag)
        } catch let error as ObjectStoreError {
            throw MartletError(error, key: key)
        }
    }

    /// Removes an object, or a folder with all that is in it. It is well when nothing is there.
    ///
    /// A folder disappears at once and whole; its files are removed afterwards. A link is removed, not what it leads to.
    /// - Throws: `INVALID_PARAMETER_VALUE` for the root and for what lies behind a link out of the store.
    package func delete(_ key: ObjectKey) async throws {
        guard !key.isRoot else { throw ObjectKey.invalid }
        try await perform(key) { [tree] in
            guard let folder = try tree.resolve(key.parent) else { return }
            var generator = SystemRandomNumberGenerator()
            let path = "\(folder)/\(key.name)"
            try tree.makeUploads()
            let trash = "\(tree.uploads)/deleted-\(Hexadecimal.random(using: &generator))"
            guard rename(path, trash) == 0 else {
                // A full disk may have no room for the other name; then the tree goes piece by piece.
                if errno != ENOENT, errno != ENOTDIR { try tree.remove(path) }
                return
            }
            do throws(ObjectStoreError) {
                try OpenFile(folder, O_RDONLY | O_DIRECTORY).synchronize()
            } catch {
                // Another process that removes the same may have gone on to the folder around it: that is well.
                guard error.errorNumber == ENOENT else { throw error }
            }
            try tree.remove(trash)
        }
    }

    /// None: what uploads left behind goes when the store is opened.
    package func unfinishedUploads(before time: Timestamp) async throws -> Int { 0 }

    /// Removes what uploads and deletions left behind that nobody works on, however young it is.
    ///
    /// - Returns: how many there were since the store was opened.
    package func removeUnfinishedUploads(before time: Timestamp) async throws -> Int {
        try await perform(.root) { [tree] in try tree.removeLeftovers() }
    }

    /// Removes folders of parts into which nothing came since `time`.
    package func removeParts(before time: Timestamp, keeping uploads: Set<String>) async throws -> Int {
        try await perform(.root) { [tree] in try tree.removeParts(before: time, keeping: uploads) }
    }

    /// Runs `body` on the store's threads and tells the caller of `key` what the file system refused.
    func perform<Value: Sendable>(
        _ key: ObjectKey,
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        do {
            return try await threads.run(body)
        } catch let error as ObjectStoreError {
            throw MartletError(error, key: key)
        }
    }

    private static func existing(_ key: ObjectKey, in tree: ObjectTree) throws -> String {
        guard let path = try tree.resolve(key) else {
            throw MartletError.noSuchArtifact(key)
        }
        return path
    }

    /// Refuses a link that leads out of the store or to a folder, and what is neither file nor folder.
    private static func checkPlain(_ name: String, _ listing: ObjectListing?, at path: String, in tree: ObjectTree)
        throws
    {
        let isOther = if case .other = tree.entry(at: path).kind { true } else { false }
        guard isOther || tree.isLink(path) && listing?.isDirectory ?? true else { return }
        throw MartletError(.permissionDenied, "'\(name)' is a link that is not followed, or no file")
    }

    private static func listing(_ name: String, at path: String, in tree: ObjectTree) -> ObjectListing? {
        if tree.isLink(path), !tree.leadsInside(path) { return nil }
        let entry = tree.entry(at: path)
        switch entry.kind {
        case .file: return ObjectListing(name: name, isDirectory: false, size: entry.size, etag: entry.etag)
        case .folder: return ObjectListing(name: name, isDirectory: true, size: nil, etag: nil)
        case .missing, .other: return nil
        }
    }
}
