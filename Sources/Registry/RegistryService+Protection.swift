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
