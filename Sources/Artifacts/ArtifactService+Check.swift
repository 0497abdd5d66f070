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
        for key in keys { checks.append(try await check(key, recorded[Array(key.description.utf8)])) }
        return checks
    }
    /// Compares the file `key` with what was `recorded` of it.
    private func check(_ key: ObjectKey, _ recorded: RecordedDigest?) async throws -> ArtifactCheck {
        var recorded = recorded
        while true {
            let read = try await objects.digest(of: key)
            let state: ArtifactCheck.State
            if let recorded, recorded.isSettled {
                state = recorded.digest == read.digest ? .intact : .changed
            } else {
                try await note(read, of: key, after: recorded)
                state = .unrecorded
            }
            if state == .changed {
                // What was uploaded since the record was looked at is no change.
                let now = try await database.read { try ArtifactDigestStore.find(key, on: $0) }
                guard now == recorded else {
                    recorded = now
                    continue
                }
            }
            return ArtifactCheck(key: key, sizeBytes: read.size, digest: read.digest, state: state)
        }
    }
}
