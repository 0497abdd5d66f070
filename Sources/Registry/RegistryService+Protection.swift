import Artifacts
package import Database
package import Kernel
import Ledger
package import ObjectStore

/// What keeps the files of versions as they were registered.
extension RegistryService {
    /// Refuses to put bytes with `digest` under `key` where a version is pinned to others; in a transaction of the
    /// caller's.
    ///
    /// - Throws: `RESOURCE_CONFLICT` with the version's name; ``DatabaseError``.
    package func checkOverwriting(_ key: ObjectKey, with digest: ContentDigest, on connection: any SQLConnection) throws
    {
        guard let holder = try PinnedFileStore.holder(of: key, unless: digest, on: connection) else { return }
        throw Self.refusal("'\(key)' can't be overwritten with other content", holder)
    }

    /// Refuses to hand out what `reader` reads under `key` when a version is pinned to other content of that file: then it
    /// was changed behind the server's back. The file is read only where its tag is not the recorded one.
    ///
    /// - Throws: `RESOURCE_CONFLICT` with the version's name; what reading throws; ``DatabaseError``.
    package func checkUnchanged(_ key: ObjectKey, readBy reader: ObjectReader) async throws {
        let etag = reader.etag
        let (recorded, found) = try await database.read { connection in
            let recorded = try ArtifactService.recordedDigest(of: key, under: etag, on: connection)
            return (recorded, try Self.holder(of: key, unless: recorded, on: connection))
        }
        guard var holder = found else { return }
        if recorded == nil {
            let read = try await artifacts.readDigest(of: key, readBy: reader) { digest in
                try await self.holder(of: key, unless: digest) == nil
            }
            // What was replaced meanwhile had been admitted.
            guard let read, let other = try await self.holder(of: key, unless: read) else { return }
            holder = other
        }
        throw MartletError(
            .resourceConflict,
            "'\(key)' is not what it was when Model Version (name=\(holder.modelName), version=\(holder.number)) was"
                + " registered with it: its SHA-256 differs. Put the file back, or delete that version."
        )
    }

    /// A version that is pinned to a file with another digest at `key`, or to any where none is given.
    private static func holder(
        of key: ObjectKey,
        unless digest: ContentDigest?,
        on connection: any SQLConnection
    ) throws -> PinHolder? {
        guard let digest else { return try PinnedFileStore.holder(atOrBelow: key, on: connection) }
        return try PinnedFileStore.holder(of: key, unless: digest, on: connection)
    }

    private func holder(of key: ObjectKey, unless digest: ContentDigest) async throws -> PinHolder? {
        try await database.read { try PinnedFileStore.holder(of: key, unless: digest, on: $0) }
    }

    /// Refuses to delete the file or folder `key` when a version is pinned to it or to a file in it; in a transaction of
    /// the caller's.
    ///
    /// - Throws: `RESOURCE_CONFLICT` with the version's name; ``DatabaseError``.
    package func checkDeleting(_ key: ObjectKey, on connection: any SQLConnection) throws {
        guard let holder = try PinnedFileStore.holder(atOrBelow: key, on: connection) else { return }
        let file = holder.key == key.description ? "" : ", for '\(holder.key)' is in it"
        throw Self.refusal("'\(key)' can't be deleted\(file)", holder)
    }

    /// Notes where the files of older versions lie, so that they are protected too.
    ///
    /// - Throws: ``DatabaseError``.
    package func noteFoldersOfOlderVersions() async throws {
        try await database.write { try PinnedFileStore.noteFolders(on: $0) }
    }

    private static func refusal(_ what: String, _ holder: PinHolder) -> MartletError {
        let version = "Model Version (name=\(holder.modelName), version=\(holder.number))"
        let user = holder.user.map { ", which \($0.kind) '\($0.id)' uses" } ?? ""
        let first = holder.user == nil ? "" : "undeploy and "
        return MartletError(
            .resourceConflict,
            "\(what): \(version) was registered with it\(user). To free the file, \(first)delete that version first."
        )
    }
}
