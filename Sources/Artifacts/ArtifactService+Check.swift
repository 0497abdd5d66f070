import Database
package import Kernel
package import ObjectStore

/// What reading a file again showed.
package struct ArtifactCheck: Hashable, Sendable {
    /// How the file compares with what was recorded of it.
    package enum State: String, Sendable {
        /// It has the digest that was recorded.
        case intact
        /// It is not what was recorded.
        case changed
        /// Nothing was recorded, or an upload was cut short before it could be; its digest is from now on.
        case unrecorded
    }

    /// The file's key.
    package let key: ObjectKey
    /// Its size now.
    package let sizeBytes: Int64
    /// The digest of its content now.
    package let digest: ContentDigest
    /// How that compares.
    package let state: State
}

extension ArtifactService {
    /// More files than this are not checked at once.
    package static let checkedFilesMax = 1000

    /// Reads the file `key`, or every file below the folder `key`, and compares it with what was recorded.
    ///
    /// A record that is there is never changed by this, so that a change goes on being told.
    /// - Returns: the files in byte order of their keys.
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when nothing is there, `RESOURCE_EXHAUSTED` for a folder of more than
    ///   ``checkedFilesMax`` files; what reading throws; ``DatabaseError``.
    package func check(_ key: ObjectKey) async throws -> [ArtifactCheck] {
        let names = try await objects.list(key, recursive: true).filter { !$0.isDirectory }.map(\.name)
        guard names.count <= Self.checkedFilesMax else {
            throw MartletError(
                .resourceExhausted,
                "'\(key)' holds more than \(Self.checkedFilesMax) files; check the folders in it one by one"
            )
        }
        let keys = names.isEmpty ? [key] : try names.map { try key.appending(decoded: $0) }
        var recorded = try await database.read { try ArtifactDigestStore.all(below: key, on: $0) }
        if names.isEmpty {
            let record = try await database.read { try ArtifactDigestStore.find(key, on: $0) }
            recorded[Array(key.description.utf8)] = record
        }
        var checks: [ArtifactCheck] = []
        for key in keys {
            let read = try await objects.digest(of: key)
            let record = recorded[Array(key.description.utf8)].flatMap { $0.etag.isEmpty ? nil : $0 }
            if record == nil { try await self.record(read, of: key, isUpload: false) }
            let state: ArtifactCheck.State =
                record.map { $0.digest == read.digest ? .intact : .changed } ?? .unrecorded
            checks.append(ArtifactCheck(key: key, sizeBytes: read.size, digest: read.digest, state: state))
        }
        return checks
    }
}
