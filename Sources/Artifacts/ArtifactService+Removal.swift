package import Database
package import Kernel
package import Ledger
package import ObjectStore

/// How much lies, or lay, in a folder.
package struct ArtifactVolume: Hashable, Sendable {
    /// Whether it was counted: more entries than a listing has are not.
    package var isCounted = true
    /// Files.
    package var files = 0
    /// Their bytes together.
    package var bytes: Int64 = 0

    /// Nothing.
    package init() {}
}

/// A file that was uploaded through a server of this database.
package struct RecordedFile: Sendable {
    /// The file's key, as it was recorded.
    package let key: String
    /// When its digest was recorded last.
    package let recordedAt: Timestamp
}

extension ArtifactService {
    /// Folders whose removal was asked for and has not been finished, in the order of their keys, at most `limit`.
    ///
    /// - Throws: ``DatabaseError``; `INVALID_PARAMETER_VALUE` for a row that holds no key.
    package func pendingRemovals(after key: String, limit: Int) async throws -> [ObjectKey] {
        let keys = try await database.read { try ArtifactRemovals.pending(after: key, limit: limit, on: $0) }
        return try keys.map { try ObjectKey.root.appending(decoded: $0) }
    }

    /// Removes the files of a folder whose removal was asked for, then what was recorded of them, and records that.
    ///
    /// The folder around it goes too when nothing else is in it: it is the one that its owner had. Doing it twice, or in
    /// two processes at once, is the same as once. A folder whose removal was taken back stays.
    /// - Returns: what was in it, nothing for one that stays.
    /// - Throws: what the store throws; ``DatabaseError``.
    package func finishRemoval(of folder: ObjectKey, by actor: Actor, in activities: ActivityLog) async throws
        -> ArtifactVolume
    {
        let isRequested = try await database.read { try !ArtifactRemovals.requested([folder], on: $0).isEmpty }
        guard isRequested else { return ArtifactVolume() }
        // What somebody puts there later keeps its record, by which the next collection finds it.
        let start = clock.now()
        let isThere = try await objects.exists(folder)
        let volume = try await volume(of: folder)
        try await objects.delete(folder)
        if !folder.parent.isRoot, try await objects.exists(folder.parent),
            try await objects.list(folder.parent).isEmpty
        {
            try await objects.delete(folder.parent)
        }
        try await database.write { connection in
            try ArtifactDigestStore.delete(atOrBelow: folder, recordedUntil: start, on: connection)
            guard try ArtifactRemovals.finish(folder, on: connection), isThere else { return }
            let purged = NewActivity(
                actor,
                "artifact.purged",
                Subject("artifact", folder.description),
                details: [
                    "files": volume.isCounted ? .integer(Int64(volume.files)) : .null,
                    "bytes": volume.isCounted ? .integer(volume.bytes) : .null,
                ],
                topics: ["artifacts"]
            )
            try activities.record(purged, on: connection)
        }
        return volume
    }

    /// How much lies in a folder; of more than ``ObjectListing/countMax`` entries nothing is counted.
    ///
    /// - Throws: what listing throws.
    package func volume(of folder: ObjectKey) async throws -> ArtifactVolume {
        var volume = ArtifactVolume()
        do {
            for listing in try await objects.list(folder, recursive: true) where !listing.isDirectory {
                volume.files += 1
                volume.bytes += listing.size ?? 0
            }
        } catch let error as MartletError where error.code == .resourceExhausted {
            volume.isCounted = false
        }
        return volume
    }

    /// Files that were uploaded through this database's servers, in the order of their keys, at most `limit` after `key`.
    ///
    /// - Throws: ``DatabaseError``.
    package func recorded(after key: String, limit: Int) async throws -> [RecordedFile] {
        try await database.read { try ArtifactDigestStore.page(after: key, limit: limit, on: $0) }
    }

    /// How many files below `folder` have a recorded digest, in a transaction of the caller's.
    ///
    /// - Throws: ``DatabaseError``.
    package func recordedCount(below folder: ObjectKey, on connection: any SQLConnection) throws -> Int {
        try ArtifactDigestStore.count(below: folder, on: connection)
    }

    /// Whether the store is the one that the database knows: of recorded files, the first and the last of all, at least
    /// one is in it, or there are none.
    ///
    /// - Throws: what the store throws; ``DatabaseError``.
    package func knowsStore() async throws -> Bool {
        let sampleMax = 10
        let keys = try await database.read { try ArtifactDigestStore.sample(sampleMax, on: $0) }
        for key in keys where try await objects.exists(ObjectKey.root.appending(decoded: key)) { return true }
        return keys.isEmpty
    }
}
