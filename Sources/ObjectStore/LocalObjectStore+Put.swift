import Crypto
import Glibc
package import Kernel
package import NIOCore

extension LocalObjectStore {
    private static let writtenAtOnceBytes = 256 * 1024

    /// Stores what `body` yields under `key`, in place of what was there.
    ///
    /// Bytes are hashed and written while `body` is asked for the next: at most 512 KiB and two of its buffers are held.
    /// Readers see the old object or the new one. Of puts to one key at the same time, the last to finish stays.
    /// - Parameters: as ``ObjectStore/put(_:from:expectedLength:admission:)``.
    /// - Returns: size, digest and tag, once the object would survive a loss of power.
    /// - Throws: `INVALID_PARAMETER_VALUE` when the length is another, or when `key` is the root, a folder, below a
    ///   file or beyond a link out of the store; `TEMPORARILY_UNAVAILABLE` when the disk is full, its cause an
    ///   ``ObjectStoreError``; `CancellationError`.
    @discardableResult
    package func put<Body: AsyncSequence & Sendable>(
        _ key: ObjectKey,
        from body: Body,
        expectedLength: Int64?,
        admission: @Sendable (ContentDigest) async throws -> Void
    ) async throws -> StoredObject where Body.Element == ByteBuffer {
        guard !key.isRoot else { throw ObjectKey.invalid }
        let upload = try await perform(key) { [tree] in try Upload(in: tree) }
        do {
            let (size, hash) = try await write(body, to: upload.file, key: key, expectedLength: expectedLength)
            let etag = try await perform(key) {
                try upload.file.synchronize()
                return try upload.file.status().entityTag
            }
            let digest = ContentDigest(hash.finalize())
            try await admission(digest)
            try await perform(key) { [tree] in try upload.move(to: key, in: tree) }
            return StoredObject(size: size, digest: digest, etag: etag)
        } catch {
            // What can't be removed now goes at the next start; the caller needs the first error.
            _ = try await threads.run { unlink(upload.path) }
            throw error
        }
    }

    private func write<Body: AsyncSequence & Sendable>(
        _ body: Body,
        to file: OpenFile,
        key: ObjectKey,
        expectedLength: Int64?
    ) async throws -> (size: Int64, hash: SHA256) where Body.Element == ByteBuffer {
        try await withThrowingTaskGroup(of: SHA256.self) { writes in
            /// Hands `buffers` to the disk once those before them are there.
            func write(_ buffers: [ByteBuffer]) async throws {
                let hash = try await writes.next() ?? SHA256()
                writes.addTask { try await self.perform(key) { try file.write(buffers, hashedInto: hash) } }
            }
            var size: Int64 = 0
            var pending: [ByteBuffer] = []
            var pendingBytes = 0
            for try await buffer in body {
                size += Int64(buffer.readableBytes)
                if let expectedLength, size > expectedLength { break }
                pending.append(buffer)
                pendingBytes += buffer.readableBytes
                guard pendingBytes >= Self.writtenAtOnceBytes else { continue }
                try await write(pending)
                pending = []
                pendingBytes = 0
            }
            try Task.checkCancellation()
            if let expectedLength, size != expectedLength {
                throw MartletError.otherLength(key, announced: expectedLength, size: size)
            }
            try await write(pending)
            return (size, try await writes.next() ?? SHA256())
        }
    }
}

extension OpenFile {
    /// Appends the buffers; returns the hash of what it had and of them.
    fileprivate func write(_ buffers: [ByteBuffer], hashedInto hash: SHA256) throws(ObjectStoreError) -> SHA256 {
        var hash = hash
        for buffer in buffers {
            buffer.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
            try write(buffer)
        }
        beginWriting(buffers.reduce(0) { $0 + $1.readableBytes })
        return hash
    }
}

/// A file in the folder of uploads, locked as long as it is open so that no other process takes it for a leftover.
private struct Upload: Sendable {
    /// Folders on the way may be deleted just then; they are made again so often.
    private static let attemptsMax = 100

    let path: String
    let file: OpenFile

    init(in tree: ObjectTree) throws(ObjectStoreError) {
        var generator = SystemRandomNumberGenerator()
        let id = Hexadecimal.random(using: &generator)
        try tree.makeUploads()
        path = "\(tree.uploads)/upload-\(id)"
        // Until it is marked as in use it has a name that a start of another server leaves alone.
        let unmarked = "\(tree.uploads)/\(ObjectTree.unmarkedPrefix)\(id)"
        file = try OpenFile(unmarked, O_WRONLY | O_CREAT | O_EXCL)
        guard file.lock() else { throw ObjectStoreError(errorNumber: errno, "lock \(unmarked)") }
        guard rename(unmarked, path) == 0 else { throw ObjectStoreError(errorNumber: errno, "rename \(unmarked)") }
    }

    /// Makes what has happened in a folder durable. One that is gone was deleted with the object just put: that is well.
    private static func synchronize(_ folder: String) throws(ObjectStoreError) {
        do {
            try OpenFile(folder, O_RDONLY | O_DIRECTORY).synchronize()
        } catch {
            guard error.errorNumber == ENOENT else { throw error }
        }
    }

    /// Puts the finished file in its place, durably.
    func move(to key: ObjectKey, in tree: ObjectTree) throws {
        for attempt in 1...Self.attemptsMax {
            do {
                guard let folder = try tree.makeFolder(key.parent) else {
                    throw MartletError.isBelowFile(key)
                }
                guard rename(path, "\(folder)/\(key.name)") == 0 else {
                    if errno == EISDIR { throw MartletError.isNotFile(key) }
                    throw ObjectStoreError(errorNumber: errno, "rename \(path) to \(folder)/\(key.name)")
                }
                return try Self.synchronize(folder)
            } catch let error as ObjectStoreError where error.errorNumber == ENOENT && attempt < Self.attemptsMax {
                continue
            }
        }
    }
}
