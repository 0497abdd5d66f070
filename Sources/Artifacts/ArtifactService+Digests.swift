package import Database
package import Kernel
package import ObjectStore

/// A file with its digest.
package struct ArtifactFile: Hashable, Sendable {
    /// Its path below the folder that was asked for.
    package let path: String
    /// Its size.
    package let sizeBytes: Int64
    /// The digest of its content.
    package let digest: ContentDigest
}

/// The digests of files, recorded or read.
extension ArtifactService {
    /// The digest of a file; it is read only when it was not recorded.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when nothing is there, `INVALID_PARAMETER_VALUE` for a folder;
    ///   ``DatabaseError``.
    package func digest(of key: ObjectKey) async throws -> ContentDigest {
        let reader = try await objects.open(key)
        return try await digest(of: key, under: reader.etag).digest
    }

    /// The digest of the very object that `reader` reads under `key`; nil when another lies there by now.
    ///
    /// - Throws: as ``digest(of:)``.
    package func digest(of key: ObjectKey, readBy reader: ObjectReader) async throws -> ContentDigest? {
        let found = try await digest(of: key, under: reader.etag)
        return found.etag == reader.etag ? found.digest : nil
    }

    /// The digest that is recorded of the object under `key` that has `etag`; nil when none is.
    ///
    /// - Throws: ``DatabaseError``.
    package static func recordedDigest(
        of key: ObjectKey,
        under etag: String,
        on connection: any SQLConnection
    ) throws -> ContentDigest? {
        let recorded = try ArtifactDigestStore.find(key, on: connection)
        return recorded?.etag == etag ? recorded?.digest : nil
    }

    /// Reads the digest of the very object that `reader` reads under `key`, and records it where `isSound` says that it
    /// should be there.
    ///
    /// - Returns: nil when another object lies there by now.
    /// - Throws: as ``digest(of:)``; what `isSound` throws.
    package func readDigest(
        of key: ObjectKey,
        readBy reader: ObjectReader,
        recordingIf isSound: (ContentDigest) async throws -> Bool
    ) async throws -> ContentDigest? {
        let recorded = try await database.read { try ArtifactDigestStore.find(key, on: $0) }
        let read = try await objects.digest(of: key)
        guard read.etag == reader.etag else { return nil }
        if try await isSound(read.digest) { try await note(read, of: key, after: recorded) }
        return read.digest
    }

    private func digest(of key: ObjectKey, under etag: String) async throws -> (digest: ContentDigest, etag: String) {
        let recorded = try await database.read { try ArtifactDigestStore.find(key, on: $0) }
        if let recorded, recorded.etag == etag { return (recorded.digest, etag) }
        let read = try await read(key, after: recorded)
        return (read.digest, read.etag)
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
                    try await read(key, after: record).digest
                }
            files.append(ArtifactFile(path: listing.name, sizeBytes: listing.size ?? 0, digest: digest))
        }
        return files
    }

    /// Reads a file of which `recorded` was there before, and records what it is.
    private func read(_ key: ObjectKey, after recorded: RecordedDigest?) async throws -> StoredObject {
        let read = try await objects.digest(of: key)
        try await note(read, of: key, after: recorded)
        return read
    }

    /// Records what was read of a file, unless something else has been recorded since `recorded` was: a reading of
    /// minutes may be of an object that lies there no longer.
    func note(_ read: StoredObject, of key: ObjectKey, after recorded: RecordedDigest?) async throws {
        let now = clock.now()
        try await database.write { connection in
            guard try ArtifactDigestStore.find(key, on: connection) == recorded else { return }
            let isStaying = try !ArtifactReplacements.touch(key, at: now, on: connection)
            let record = RecordedDigest(
                etag: isStaying ? read.etag : "",
                size: read.size,
                digest: read.digest,
                recordedAt: now
            )
            try ArtifactDigestStore.set(record, of: key, isUpload: false, on: connection)
        }
    }
}
