import Crypto
import Glibc
import Kernel
import NIOCore

/// Copies of objects in a folder of this machine, under the digests of their content.
///
/// A copy is compared with its digest when it is made and each time it is used. When all copies together are larger than
/// the bound, those that were not used for the longest time go; a folder that is held keeps its files all the same, by
/// hard links. One process at a time may use a folder.
package final class ObjectCache: Sendable {
    private static let linksPrefix = "open-"
    private static let unfinishedPrefix = "new-"
    private static let attemptsMax = 3

    /// The folder's real path.
    let root: String
    private let bytesMax: Int64
    /// Where copies are read and written, and objects hashed.
    let threads = FileThreads()

    /// The cache in `folder`, which is made when missing; what an earlier process left unfinished is removed.
    ///
    /// - Throws: `INTERNAL_ERROR` when the folder can't be made or read.
    package init(folder: String, bytesMax: Int64 = 20 << 30) throws {
        self.bytesMax = bytesMax
        do throws(ObjectStoreError) {
            let tree = try ObjectTree(root: folder, hasUploads: false)
            root = tree.root
            for name in try tree.names(in: root, countMax: .max)
            where name.hasPrefix(Self.linksPrefix) || name.hasPrefix(Self.unfinishedPrefix) {
                try tree.remove("\(root)/\(name)")
            }
        } catch {
            throw MartletError(.internalError, "The folder for copies of artifacts can't be used", cause: error)
        }
    }

    /// A reader of the copy of `key`, which is made of what `store` has when there is none.
    ///
    /// - Throws: `RESOURCE_CONFLICT` when `store` has something else under `key`; what reading and writing throw.
    func open(_ key: ObjectKey, _ digest: ContentDigest, from store: S3ObjectStore) async throws -> ObjectReader {
        let file = try await copy(key, digest, from: store)
        return try await perform(key) { [threads] in
            ObjectReader(file, status: try file.status(), threads: threads)
        }
    }

    /// A folder with copies of `files` at their paths.
    ///
    /// - Throws: as ``open(_:_:from:)``.
    func folder(_ folder: ObjectKey, _ files: [ObjectContent], from store: S3ObjectStore) async throws -> LocalFolder {
        let path = "\(root)/\(Self.linksPrefix)\(Self.randomName())"
        let tree = try await perform(folder) { try ObjectTree(root: path, hasUploads: false) }
        let held = LocalFolder(path: path) { [threads] in
            // What can't be removed now goes at the next start.
            threads.submit { try? tree.remove(path) }
        }
        for file in files {
            let key = try folder.appending(decoded: file.path)
            let place = try ObjectKey.root.appending(decoded: file.path)
            guard let parent = try await perform(key, { try tree.makeFolder(place.parent) }) else {
                throw MartletError.isBelowFile(key)
            }
            try await link(key, file.digest, from: store, at: "\(parent)/\(place.name)")
        }
        return held
    }

    /// Gives the copy of `key` a further name; makes it again when it had to go just then.
    private func link(_ key: ObjectKey, _ digest: ContentDigest, from store: S3ObjectStore, at path: String)
        async throws
    {
        for attempt in 1...Self.attemptsMax {
            let file = try await copy(key, digest, from: store)
            do {
                return try await threads.run { try file.link(at: path) }
            } catch let error as ObjectStoreError {
                guard error.errorNumber == ENOENT, attempt < Self.attemptsMax else {
                    throw MartletError(error, key: key)
                }
            }
        }
    }

    /// The copy of `key`, open: it can be read whatever becomes of its name.
    private func copy(_ key: ObjectKey, _ digest: ContentDigest, from store: S3ObjectStore) async throws -> OpenFile {
        if let file = try await kept(digest, key) { return file }
        let unfinished = "\(root)/\(Self.unfinishedPrefix)\(Self.randomName())"
        let file = try await perform(key) { try OpenFile(unfinished, O_RDWR | O_CREAT | O_EXCL) }
        do {
            var hash = SHA256()
            for try await buffer in try await store.open(key).read() {
                buffer.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
                try await perform(key) { try file.write(buffer) }
            }
            guard ContentDigest(hash.finalize()) == digest else { throw MartletError.otherContent(key) }
            try await perform(key) { [root] in
                guard rename(unfinished, "\(root)/\(digest.hexadecimal)") == 0 else {
                    throw ObjectStoreError(errorNumber: errno, "rename \(unfinished)")
                }
            }
        } catch {
            _ = try await threads.run { unlink(unfinished) }
            throw error
        }
        try await perform(key) { [root, bytesMax] in try Self.shrink(root, to: bytesMax) }
        return file
    }

    /// The copy with `digest` if there is one and it still has it.
    private func kept(_ digest: ContentDigest, _ key: ObjectKey) async throws -> OpenFile? {
        let path = "\(root)/\(digest.hexadecimal)"
        let found: OpenFile? = try await perform(key) {
            do throws(ObjectStoreError) {
                return try OpenFile(path, O_RDWR)
            } catch {
                guard error.errorNumber == ENOENT else { throw error }
                return nil
            }
        }
        guard let file = found else { return nil }
        let isWhole: Bool
        do {
            isWhole = try await threads.digest(of: file).digest == digest
        } catch let error as ObjectStoreError {
            throw MartletError(error, key: key)
        }
        return try await perform(key) {
            guard isWhole else {
                unlink(path)
                return nil
            }
            file.touch()
            return file
        }
    }

    /// Removes the copies that were not used for the longest time, until the rest is small enough. The last stays.
    private static func shrink(_ root: String, to bytesMax: Int64) throws(ObjectStoreError) {
        let tree = try ObjectTree(root: root, hasUploads: false)
        var copies: [(path: String, bytes: Int64, used: timespec)] = []
        for name in try tree.names(in: root, countMax: .max) where name.utf8.count == 64 {
            var status = stat()
            guard stat("\(root)/\(name)", &status) == 0 else { continue }
            copies.append(("\(root)/\(name)", Int64(status.st_size), status.st_mtim))
        }
        copies.sort { ($0.used.tv_sec, $0.used.tv_nsec) < ($1.used.tv_sec, $1.used.tv_nsec) }
        var bytes = copies.reduce(0) { $0 + $1.bytes }
        for copy in copies.dropLast() where bytes > bytesMax {
            try tree.remove(copy.path)
            bytes -= copy.bytes
        }
    }

    private func perform<Value: Sendable>(
        _ key: ObjectKey,
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        do {
            return try await threads.run(body)
        } catch let error as ObjectStoreError {
            throw MartletError(error, key: key)
        }
    }

    private static func randomName() -> String {
        var generator = SystemRandomNumberGenerator()
        return Hexadecimal.random(using: &generator)
    }
}
