package import Database
package import Kernel
package import NIOCore
package import ObjectStore

/// The artifacts that the server keeps, each with the digest of its content.
///
/// A digest is recorded when a file is uploaded, and read again from the file only where the record is of another
/// object than the one that is there.
package final class ArtifactService: Sendable {
    /// Asked in a transaction of this room's whether bytes with a digest may take their place; throws when they may not.
    package typealias Admission = @Sendable (ContentDigest, any SQLConnection) throws -> Void

    /// Where the files are.
    package let objects: any ObjectStore
    let database: any SQLDatabase
    let clock: WallClock
    private let renewalPause: Duration

    /// The artifacts in `objects`, their digests in `database`.
    package convenience init(objects: any ObjectStore, database: any SQLDatabase, clock: WallClock) {
        self.init(
            objects: objects,
            database: database,
            clock: clock,
            renewalPause: ArtifactReplacements.renewalPause
        )
    }

    init(objects: any ObjectStore, database: any SQLDatabase, clock: WallClock, renewalPause: Duration) {
        self.objects = objects
        self.database = database
        self.clock = clock
        self.renewalPause = renewalPause
    }

    /// Stores what `body` yields under `key` and records its digest.
    ///
    /// From the transaction in which `admission` is asked until the one that records the digest it is noted that the
    /// file is being replaced, whatever lies there: nobody knows what will until then.
    /// - Parameters:
    ///   - key: where to; the folders on the way are made.
    ///   - body: the bytes; its error is thrown on, and nothing is stored.
    ///   - expectedLength: the bytes that must arrive, nil when unknown.
    ///   - admission: asked with their digest once all bytes are there and before they appear; its error is thrown
    ///     on, and nothing is stored.
    /// - Returns: size and digest, once the object would survive a loss of power.
    /// - Throws: what the store throws; ``DatabaseError`` when the object is there and its digest could not be noted.
    @discardableResult
    package func put<Body: AsyncSequence & Sendable>(
        _ key: ObjectKey,
        from body: Body,
        expectedLength: Int64? = nil,
        admission: @escaping Admission = { _, _ in }
    ) async throws -> StoredObject where Body.Element == ByteBuffer {
        try await put(key, from: body, expectedLength: expectedLength, UploadSteps(admission: admission))
    }

    @discardableResult
    func put<Body: AsyncSequence & Sendable>(
        _ key: ObjectKey,
        from body: Body,
        expectedLength: Int64?,
        _ steps: UploadSteps
    ) async throws -> StoredObject where Body.Element == ByteBuffer {
        let replacement = Replacement(of: key)
        do {
            let stored = try await objects.put(key, from: body, expectedLength: expectedLength) { digest in
                try await self.begin(replacement, upload: steps.uploadID) { connection in
                    try steps.admission(digest, connection)
                    // From here on it is not known which object lies there, should this break off.
                    guard let recorded = try ArtifactDigestStore.find(key, on: connection), recorded.digest != digest
                    else { return }
                    try ArtifactDigestStore.unsettle(key, on: connection)
                }
            }
            try await record(stored, replacement, steps)
            return stored
        } catch {
            if replacement.hasBegun { await giveUp(replacement) }
            throw error
        }
    }

    /// Removes a file, or a folder with all that is in it. It is well when nothing is there.
    ///
    /// - Parameters:
    ///   - key: the file or folder.
    ///   - admission: asked before anything goes, in the transaction that notes that it will; its error is thrown on.
    /// - Throws: what the store throws; ``DatabaseError``.
    package func delete(
        _ key: ObjectKey,
        admission: @escaping @Sendable (any SQLConnection) throws -> Void = { _ in }
    ) async throws {
        let replacement = Replacement(of: key)
        try await begin(replacement) { connection in try admission(connection) }
        do {
            try await objects.delete(key)
            try await database.write { connection in
                try ArtifactDigestStore.delete(atOrBelow: key, on: connection)
                _ = try ArtifactReplacements.end(replacement.id, of: key, on: connection)
            }
            replacement.end()
        } catch {
            // Some of it may be gone.
            await giveUp(replacement) { try ArtifactDigestStore.unsettle(atOrBelow: key, on: $0) }
            throw error
        }
    }

    /// Whether the recorded digests of the files below `folder` are still those of `files`, all of them, and none of
    /// them is being replaced; in a transaction of the caller's.
    ///
    /// - Throws: ``DatabaseError``.
    package func holds(_ files: [ObjectContent], below folder: ObjectKey, on connection: any SQLConnection) throws
        -> Bool
    {
        let isTouched = try ArtifactReplacements.touch(
            files.map(\.path),
            below: folder,
            at: clock.now(),
            on: connection
        )
        guard !isTouched else { return false }
        let recorded = try ArtifactDigestStore.all(below: folder, on: connection)
        return files.allSatisfy { file in
            guard let record = recorded[Array("\(folder)/\(file.path)".utf8)] else { return false }
            return record.isSettled && record.digest == file.digest
        }
    }

    /// Forgets uploads and deletions that a crash cut short, and that nobody counts any more.
    func forgetSilentReplacements() async throws {
        let now = clock.now()
        try await database.write { try ArtifactReplacements.removeSilent(at: now, on: $0) }
    }

    // MARK: Parts of the above

    /// Notes in the transaction of `body` that something is being replaced, and from time to time that it still is.
    private func begin(
        _ replacement: Replacement,
        upload: String? = nil,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Void
    ) async throws {
        let now = clock.now()
        do {
            try await database.write { connection in
                try body(connection)
                try ArtifactReplacements.begin(replacement.id, replacement.key, upload: upload, at: now, on: connection)
            }
        } catch let error as DatabaseError {
            // It may have been written, and only the answer been lost.
            await giveUp(replacement)
            throw error
        }
        replacement.begin(pause: renewalPause) { [database, clock] in
            let now = clock.now()
            try await database.write { try ArtifactReplacements.renew(replacement.id, at: now, on: $0) }
        }
    }

    /// Ends a replacement that failed.
    private func giveUp(
        _ replacement: Replacement,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Void = { _ in }
    ) async {
        // A row that can't be removed now is soon too old to count.
        _ = try? await database.write { connection in
            try body(connection)
            _ = try ArtifactReplacements.end(replacement.id, of: replacement.key, on: connection)
        }
        replacement.end()
    }

    private func record(_ stored: StoredObject, _ replacement: Replacement, _ steps: UploadSteps) async throws {
        let now = clock.now()
        try await database.write { connection in
            let isSole = try ArtifactReplacements.end(replacement.id, of: replacement.key, on: connection)
            // Of two uploads at once nobody knows here whose object stayed: who reads it next records it.
            let record = RecordedDigest(
                etag: isSole ? stored.etag : "",
                size: stored.size,
                digest: stored.digest,
                recordedAt: now
            )
            try ArtifactDigestStore.set(record, of: replacement.key, isUpload: true, on: connection)
            try steps.settlement(connection)
        }
        replacement.end()
    }
}

/// What goes with an upload, in the transactions before and after its object appears.
struct UploadSteps: Sendable {
    /// The upload in parts of which the object is put together.
    var uploadID: String?
    /// Before; its error is thrown on, and nothing is stored.
    var admission: ArtifactService.Admission
    /// After.
    var settlement: @Sendable (any SQLConnection) throws -> Void = { _ in }
}
