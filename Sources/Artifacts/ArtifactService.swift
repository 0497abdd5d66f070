package import Database
package import Kernel
package import NIOCore
package import ObjectStore

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
        let stored = try await objects.put(key, from: body, expectedLength: expectedLength, admission: admission)
        try await record(stored, of: key, isUpload: true)
        return stored
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

    func record(_ stored: StoredObject, of key: ObjectKey, isUpload: Bool) async throws {
        let record = RecordedDigest(etag: stored.etag, size: stored.size, digest: stored.digest)
        let now = clock.now()
        try await database.write {
            try ArtifactDigestStore.set(record, of: key, isUpload: isUpload, at: now, on: $0)
        }
    }
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
