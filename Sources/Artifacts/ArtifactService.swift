package import Database
package import Kernel
package import NIOCore
package import ObjectStore
import Synchronization

/// The artifacts that the server keeps, each with the digest of its content.
///
/// A digest is recorded when a file is uploaded, and read again from the file only where the record is of another
/// object than the one that is there.
package final class ArtifactService: Sendable {
    /// Where the files are.
    package let objects: any ObjectStore
    let database: any SQLDatabase
    let clock: WallClock

    /// The artifacts in `objects`, their digests in `database`.
    package init(objects: any ObjectStore, database: any SQLDatabase, clock: WallClock) {
        self.objects = objects
        self.database = database
        self.clock = clock
    }

    /// Stores what `body` yields under `key` and records its digest.
    ///
    /// While other content takes the place of what is recorded, from before `admission` is asked until the new digest is
    /// recorded, ``ArtifactReplacements`` says so.
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
        admission: @Sendable (ContentDigest) async throws -> Void = { _ in }
    ) async throws -> StoredObject where Body.Element == ByteBuffer {
        let replacement = Replacement(key: key)
        do {
            let stored = try await objects.put(key, from: body, expectedLength: expectedLength) { digest in
                try await self.begin(replacement, with: digest)
                try await admission(digest)
                // From here on it is not known which object lies there, should this break off.
                guard replacement.hasBegun else { return }
                try await self.database.write { try ArtifactDigestStore.unsettle(key, on: $0) }
            }
            try await record(stored, of: key, isUpload: true, ending: replacement)
            return stored
        } catch {
            if replacement.hasBegun { await giveUp(replacement) }
            throw error
        }
    }

    /// Ends a replacement that failed, in a task of its own: that of the upload may have been cancelled.
    private func giveUp(_ replacement: Replacement) async {
        await Task { [database] in
            // A row that can't be removed now is soon too old to count.
            _ = try? await database.write { try ArtifactReplacements.end(replacement.id, on: $0) }
        }
        .value
    }

    /// Says that `key` is being replaced, if other content than that with `digest` is recorded of it.
    private func begin(_ replacement: Replacement, with digest: ContentDigest) async throws {
        let recorded = try await database.read { try ArtifactDigestStore.find(replacement.key, on: $0) }
        guard let recorded, recorded.digest != digest else { return }
        let now = clock.now()
        try await database.write { try ArtifactReplacements.begin(replacement.id, replacement.key, at: now, on: $0) }
        replacement.begin()
    }

    /// Whether the recorded digests of the files below `folder` are still those of `files`, all of them, and none of
    /// them is being replaced; in a transaction of the caller's.
    ///
    /// - Throws: ``DatabaseError``.
    package func holds(_ files: [ObjectContent], below folder: ObjectKey, on connection: any SQLConnection) throws
        -> Bool
    {
        guard try !ArtifactReplacements.touch(folder, at: clock.now(), on: connection) else { return false }
        let recorded = try ArtifactDigestStore.all(below: folder, on: connection)
        return files.allSatisfy { file in
            recorded[Array("\(folder)/\(file.path)".utf8)]?.digest == file.digest
        }
    }

    /// Removes a file, or a folder with all that is in it. It is well when nothing is there.
    ///
    /// - Throws: what the store throws; ``DatabaseError``.
    package func delete(_ key: ObjectKey) async throws {
        try await objects.delete(key)
        try await database.write { try ArtifactDigestStore.delete(atOrBelow: key, on: $0) }
    }

    /// The digest of a file; it is read only when it was not recorded.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when nothing is there, `INVALID_PARAMETER_VALUE` for a folder;
    ///   ``DatabaseError``.
    package func digest(of key: ObjectKey) async throws -> ContentDigest {
        let reader = try await objects.open(key)
        let recorded = try await database.read { try ArtifactDigestStore.find(key, on: $0) }
        if let recorded, recorded.etag == reader.etag { return recorded.digest }
        return try await readDigest(of: key)
    }

    /// The files below a folder with their digests, in byte order of their paths; those not recorded are read.
    ///
    /// - Parameters:
    ///   - folder: the folder; it has no files when it is none.
    ///   - countMax: with more files than this nothing is read.
    /// - Returns: nil when there are more than `countMax`.
    /// - Throws: what listing and reading throw; ``DatabaseError``.
    package func files(below folder: ObjectKey, countMax: Int) async throws -> [ArtifactFile]? {
        let listings = try await objects.list(folder, recursive: true).filter { !$0.isDirectory }
        guard listings.count <= countMax else { return nil }
        let recorded = try await database.read { try ArtifactDigestStore.all(below: folder, on: $0) }
        var files: [ArtifactFile] = []
        for listing in listings {
            let key = try folder.appending(decoded: listing.name)
            let record = recorded[Array(key.description.utf8)]
            let digest =
                if let record, record.etag == listing.etag {
                    record.digest
                } else {
                    try await readDigest(of: key)
                }
            files.append(ArtifactFile(path: listing.name, sizeBytes: listing.size ?? 0, digest: digest))
        }
        return files
    }

    /// Reads a file, and records what it is now.
    func readDigest(of key: ObjectKey) async throws -> ContentDigest {
        let read = try await objects.digest(of: key)
        try await record(read, of: key, isUpload: false)
        return read.digest
    }

    /// Records the digest of an artifact, whether it `isUpload` of this server's or was only read.
    func record(_ stored: StoredObject, of key: ObjectKey, isUpload: Bool) async throws {
        try await record(stored, of: key, isUpload: isUpload, ending: nil)
    }

    private func record(
        _ stored: StoredObject,
        of key: ObjectKey,
        isUpload: Bool,
        ending replacement: Replacement?
    ) async throws {
        let now = clock.now()
        try await database.write { connection in
            var isSettled = true
            if let replacement, replacement.hasBegun {
                isSettled = try ArtifactReplacements.end(replacement.id, on: connection)
            }
            // Of two uploads at once nobody knows here whose object stayed: who reads it next records it.
            let etag = isSettled ? stored.etag : ""
            let record = RecordedDigest(etag: etag, size: stored.size, digest: stored.digest)
            try ArtifactDigestStore.set(record, of: key, isUpload: isUpload, at: now, on: connection)
        }
    }
}

/// An upload that may replace other content.
private final class Replacement: Sendable {
    let id: String
    let key: ObjectKey
    private let began = Atomic(false)

    init(key: ObjectKey) {
        var generator = SystemRandomNumberGenerator()
        id = Hexadecimal.random(using: &generator)
        self.key = key
    }

    /// Whether the database has been told.
    var hasBegun: Bool { began.load(ordering: .acquiring) }

    func begin() { began.store(true, ordering: .releasing) }
}

/// A file with its digest.
package struct ArtifactFile: Hashable, Sendable {
    /// Its path below the folder that was asked for.
    package let path: String
    /// Its size.
    package let sizeBytes: Int64
    /// The digest of its content.
    package let digest: ContentDigest
}
