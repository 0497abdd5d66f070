import Database
package import Kernel
package import NIOCore
package import ObjectStore
import Synchronization

/// Files that are sent in parts, which lie unseen in the store until they are put together.
///
/// Parts may come in any order, at the same time, and to several servers that share database and store. A part is its
/// upload's alone: two uploads to one key do not meet before the later one is put in the place of the earlier.
package final class MultipartUploadService: Sendable {
    /// So many files are put together at once.
    private static let runningMax = 16

    let artifacts: ArtifactService
    /// What is being put together, by the ids of the uploads: it goes on when its caller has gone, and one who asks again
    /// waits for it.
    private let running = Mutex<[String: Task<Void, any Error>]>([:])

    private var objects: any ObjectStore { artifacts.objects }

    /// Uploads to `artifacts`.
    package init(artifacts: ArtifactService) {
        self.artifacts = artifacts
    }

    /// Announces a file at `key`, in `partCount` parts.
    ///
    /// - Throws: `NOT_IMPLEMENTED`, in the words upon which MLflow's client sends the file whole, for less than one and
    ///   more than ``MultipartUpload/partsMax`` parts, and when ``MultipartUpload/openMax`` uploads go on;
    ///   ``DatabaseError``.
    package func create(_ key: ObjectKey, partCount: Int64) async throws -> NewMultipartUpload {
        guard (1...Int64(MultipartUpload.partsMax)).contains(partCount) else {
            throw MartletError.sendWhole("a file has 1 to \(MultipartUpload.partsMax) parts, not \(partCount)")
        }
        var generator = SystemRandomNumberGenerator()
        let secret = Hexadecimal.random(using: &generator) + Hexadecimal.random(using: &generator)
        let now = artifacts.clock.now()
        let upload = MultipartUpload(
            id: Hexadecimal.random(using: &generator),
            key: key,
            partCount: Int(partCount),
            right: ContentDigest(of: secret.utf8),
            expiresAt: now.advanced(byMilliseconds: MultipartUpload.lifetimeMs),
            composition: nil,
            completedAt: nil
        )
        try await artifacts.database.write { connection in
            guard try MultipartUploadStore.openCount(at: now, on: connection) < MultipartUpload.openMax else {
                throw MartletError.sendWhole("\(MultipartUpload.openMax) uploads in parts are going on")
            }
            try MultipartUploadStore.insert(upload, at: now, on: connection)
        }
        return NewMultipartUpload(id: upload.id, secret: secret, partCount: upload.partCount)
    }

    /// Takes the part `number`, in place of one that came under that number before.
    ///
    /// - Parameters:
    ///   - number: from 1.
    ///   - id: the id of the upload.
    ///   - secret: what was told when it was announced.
    ///   - body: the bytes; its error is thrown on, and nothing is kept.
    ///   - expectedLength: the bytes that must arrive, nil when unknown.
    ///   - expectedDigest: the digest that they must have, nil when unknown.
    /// - Returns: the digest of the part, its tag, once it would survive a loss of power.
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` for an unknown upload, a wrong secret and an upload that is over,
    ///   `RESOURCE_CONFLICT` for one that is put together; `INVALID_PARAMETER_VALUE` for a number that it has not, and for
    ///   a part that is too large or not what was announced; what the store throws; ``DatabaseError``.
    package func putPart<Body: AsyncSequence & Sendable>(
        _ number: Int64,
        of id: String,
        secret: String,
        from body: Body,
        expectedLength: Int64? = nil,
        expectedDigest: ContentDigest? = nil
    ) async throws -> ContentDigest where Body.Element == ByteBuffer {
        let upload = try current(try await artifacts.database.read { try MultipartUploadStore.find(id, on: $0) })
        guard upload.right == ContentDigest(of: secret.utf8) else { throw MartletError.noUpload }
        try Self.checkTakesParts(upload)
        guard (1...Int64(upload.partCount)).contains(number) else {
            throw MartletError(
                .invalidParameterValue,
                "The upload of '\(upload.key)' has the parts 1 to \(upload.partCount), no part \(number)."
            )
        }
        if let expectedLength, expectedLength > MultipartUpload.partBytesMax { throw MartletError.partTooLarge }
        var generator = SystemRandomNumberGenerator()
        let name = "\(number)-\(Hexadecimal.random(using: &generator))"
        let key = ObjectKey.part(name, of: id)
        let stored = try await objects.put(
            key,
            from: BoundedBytes(base: body, bytesMax: MultipartUpload.partBytesMax),
            expectedLength: expectedLength
        ) { digest in
            guard expectedDigest == nil || expectedDigest == digest else {
                throw MartletError(
                    .invalidParameterValue,
                    "Part \(number) did not arrive as it was sent: its SHA-256 differs"
                )
            }
        }
        let part = UploadedPart(number: Int(number), name: name, size: stored.size, digest: stored.digest)
        do {
            // What can't be removed goes with the upload.
            if let replaced = try await note(part, of: id) { _ = try? await objects.delete(.part(replaced, of: id)) }
        } catch {
            _ = try? await objects.delete(key)
            throw error
        }
        return stored.digest
    }

    /// Puts the parts together, after which the file is at its key with its digest recorded; a second time changes nothing.
    ///
    /// It goes on when the caller's task is cancelled, so that one who asks again finds it done.
    /// - Parameters:
    ///   - id: the id of the upload.
    ///   - key: its key, as it was announced.
    ///   - named: all parts with the tags that came back for them, in any order.
    ///   - admission: asked with the file's digest before the file appears; its error is thrown on.
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` for an upload that is not there, of another key, or over;
    ///   `INVALID_PARAMETER_VALUE` unless exactly its parts are named with the tags that they have;
    ///   `RESOURCE_CONFLICT` when it was completed of other parts, and when a part was sent again meanwhile; `ABORTED`
    ///   when it is given up meanwhile; `DATA_LOSS` when a part is not what was sent; `TEMPORARILY_UNAVAILABLE` when too
    ///   many files are put together; what the store throws; ``DatabaseError``. After an error the parts are still there.
    package func complete(
        _ id: String,
        at key: ObjectKey,
        of named: [NamedPart],
        admission: @escaping ArtifactService.Admission = { _, _ in }
    ) async throws {
        let named = named.sorted { $0.number < $1.number }
        let composition = NamedPart.composition(named)
        // Parts are forgotten after the upload was completed, so both are looked at in one moment.
        let (found, parts) = try await artifacts.database.read { connection in
            (
                try MultipartUploadStore.find(id, on: connection),
                try MultipartUploadStore.parts(of: id, on: connection)
            )
        }
        let upload = try current(found)
        guard Self.isSame(upload.key, key) else { throw MartletError.noUpload }
        guard upload.completedAt == nil else {
            guard upload.composition == composition else {
                throw MartletError(.resourceConflict, "The upload of '\(key)' was completed with other parts.")
            }
            return
        }
        let file = Assembly(
            upload: upload,
            parts: try NamedPart.chosen(named, of: parts, count: upload.partCount),
            composition: composition
        )
        try await task(file, admission).value
    }

    /// Gives an upload up and removes its parts; it is well when there is none.
    ///
    /// - Throws: `RESOURCE_CONFLICT` when its file is there already, or about to be; what the store throws;
    ///   ``DatabaseError``.
    package func abort(_ id: String, at key: ObjectKey) async throws {
        let found = try await artifacts.database.read { try MultipartUploadStore.find(id, on: $0) }
        guard let found, Self.isSame(found.key, key) else { return }
        if let task = running.withLock({ $0[id] }) {
            task.cancel()
            _ = await task.result
        }
        let now = artifacts.clock.now()
        try await artifacts.database.write { connection in
            guard try MultipartUploadStore.find(id, on: connection)?.completedAt == nil else {
                throw MartletError(.resourceConflict, "The upload of '\(key)' was completed; delete the file instead.")
            }
            guard try !ArtifactReplacements.hasSealed(id, at: now, on: connection) else {
                throw MartletError(
                    .resourceConflict,
                    "The upload of '\(key)' is being completed, and can't be given up any more; delete the file then."
                )
            }
            try MultipartUploadStore.end(id, on: connection)
        }
        try await remove(id)
    }

    // MARK: Parts of the above

    /// The upload that was found, unless its time is over.
    private func current(_ found: MultipartUpload?) throws -> MultipartUpload {
        guard let found, found.expiresAt > artifacts.clock.now() else { throw MartletError.noUpload }
        return found
    }

    /// Answers the name of the part that was there before.
    private func note(_ part: UploadedPart, of id: String) async throws -> String? {
        let now = artifacts.clock.now()
        return try await artifacts.database.write { connection in
            guard let upload = try MultipartUploadStore.find(id, on: connection), upload.expiresAt > now else {
                throw MartletError.noUpload
            }
            try Self.checkTakesParts(upload)
            return try MultipartUploadStore.setPart(part, of: id, on: connection)
        }
    }

    private static func checkTakesParts(_ upload: MultipartUpload) throws {
        guard upload.composition == nil else {
            throw MartletError(.resourceConflict, "The parts of '\(upload.key)' have been, or are being, put together.")
        }
    }

    /// By bytes: to Swift two spellings of a letter are the same.
    private static func isSame(_ left: ObjectKey, _ right: ObjectKey) -> Bool {
        left.description.utf8.elementsEqual(right.description.utf8)
    }

    /// What puts `file` together: what does so already, if any.
    private func task(
        _ file: Assembly,
        _ admission: @escaping ArtifactService.Admission
    ) throws -> Task<Void, any Error> {
        try running.withLock { tasks -> Task<Void, any Error> in
            if let task = tasks[file.upload.id] { return task }
            guard tasks.count < Self.runningMax else {
                throw MartletError(
                    .temporarilyUnavailable,
                    "\(Self.runningMax) uploads are being put together; try again."
                )
            }
            let task = Task {
                defer { self.running.withLock { $0[file.upload.id] = nil } }
                try await self.putTogether(file, admission)
            }
            tasks[file.upload.id] = task
            return task
        }
    }
}
