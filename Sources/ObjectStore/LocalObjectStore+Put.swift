import Crypto
import Glibc
package import Kernel
package import NIOCore

/// What `put` stored.
package struct StoredObject: Hashable, Sendable {
    /// Bytes in the object.
    package let size: Int64
    /// The SHA-256 of its bytes.
    package let digest: ContentDigest
}

extension LocalObjectStore {
    private static let writtenAtOnceBytes = 256 * 1024

    /// Stores what `body` yields under `key`, in place of what was there.
    ///
    /// Bytes are hashed and written as they arrive; `body` is asked for more only when they are on their way to the
    /// disk, and at most 256 KiB and one of its buffers are held. Readers see the old object or the new one. Of puts to
    /// one key at the same time, the last to finish stays.
    /// - Parameters:
    ///   - key: where to; the folders on the way are made.
    ///   - body: the bytes; its error is thrown on, and nothing is stored.
    ///   - expectedLength: the bytes that must arrive, nil when unknown.
    ///   - admission: asked once all bytes are there and before they appear under `key`; its error is thrown on, and
    ///     nothing is stored.
    /// - Returns: size and digest, once the object would survive a loss of power.
    /// - Throws: `INVALID_PARAMETER_VALUE` when the length is another, or when `key` is the root, a folder, below a
    ///   file or beyond a link out of the store; `TEMPORARILY_UNAVAILABLE` when the disk is full, its cause an
    ///   ``ObjectStoreError``; `CancellationError`.
    @discardableResult
    package func put<Body: AsyncSequence & Sendable>(
        _ key: ObjectKey,
        from body: Body,
        expectedLength: Int64? = nil,
        admission: @Sendable (StoredObject) async throws -> Void = { _ in }
    ) async throws -> StoredObject where Body.Element == ByteBuffer {
        guard !key.isRoot else { throw ObjectKey.invalid }
        let upload = try await perform(key) { [tree] in try Upload(in: tree) }
        do {
            let (size, hash) = try await write(body, to: upload.file, key: key, expectedLength: expectedLength)
            let stored = StoredObject(size: size, digest: ContentDigest(hash.finalize()))
            try await perform(key) { try upload.file.synchronize() }
            try await admission(stored)
            try await perform(key) { [tree] in try upload.move(to: key, in: tree) }
            return stored
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
        var hash = SHA256()
        var size: Int64 = 0
        var pending: [ByteBuffer] = []
        var pendingBytes = 0
        for try await buffer in body {
            size += Int64(buffer.readableBytes)
            if let expectedLength, size > expectedLength { break }
            pending.append(buffer)
            pendingBytes += buffer.readableBytes
            guard pendingBytes >= Self.writtenAtOnceBytes else { continue }
            hash = try await perform(key) { [hash, pending] in try file.write(pending, hashedInto: hash) }
            pending.removeAll(keepingCapacity: true)
            pendingBytes = 0
        }
        try Task.checkCancellation()
        if let expectedLength, size != expectedLength {
            throw MartletError(
                .invalidParameterValue,
                "'\(key)' was announced with \(expectedLength) bytes; \(size > expectedLength ? "more" : "\(size)") came"
            )
        }
        hash = try await perform(key) { [hash, pending] in try file.write(pending, hashedInto: hash) }
        return (size, hash)
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
        // A folder that somebody else keeps has none yet.
        guard mkdir(tree.uploads, 0o777) == 0 || errno == EEXIST else {
            throw ObjectStoreError(errorNumber: errno, "make folder \(tree.uploads)")
        }
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
                    throw MartletError(.invalidParameterValue, "'\(key)' lies below a file, not a folder")
                }
                guard rename(path, "\(folder)/\(key.name)") == 0 else {
                    if errno == EISDIR { throw LocalObjectStore.isNotFile(key) }
                    throw ObjectStoreError(errorNumber: errno, "rename \(path) to \(folder)/\(key.name)")
                }
                return try Self.synchronize(folder)
            } catch let error as ObjectStoreError where error.errorNumber == ENOENT && attempt < Self.attemptsMax {
                continue
            }
        }
    }
}
