import Database
package import Kernel
import ObjectStore

/// What becomes of uploads that are not finished, and of parts that are not needed any more.
extension MultipartUploadService {
    private static let pageMax = 100
    /// What lies in the store without belonging to an upload of this database may be another's: it is over when no upload
    /// can be as old. The hour is for clocks that differ.
    private static let orphanAgeMs = MultipartUpload.lifetimeMs + 3_600_000

    /// How many uploads that were not finished ``removeUnfinished(before:)`` would remove; what crashes left of others is
    /// not counted.
    ///
    /// - Throws: ``DatabaseError``.
    package func unfinished() async throws -> Int {
        let now = artifacts.clock.now()
        return try await artifacts.database.read { try MultipartUploadStore.unfinishedCount(at: now, on: $0) }
    }

    /// Removes uploads whose time is over, and what crashes left of others.
    ///
    /// - Parameter time: what belongs to no upload of this database goes when it is from before; by default, when it is
    ///   older than any upload can be.
    /// - Returns: how many uploads were not finished.
    /// - Throws: what the store throws; ``DatabaseError``. What was removed until then stays so.
    package func removeUnfinished(before time: Timestamp? = nil) async throws -> Int {
        let now = artifacts.clock.now()
        var count = 0
        while true {
            let page = try await artifacts.database.read {
                try MultipartUploadStore.expired(at: now, limit: Self.pageMax, on: $0)
            }
            for (id, isComplete) in page {
                try await remove(id)
                if !isComplete { count += 1 }
            }
            if page.count < Self.pageMax { break }
        }
        while true {
            let page = try await artifacts.database.read {
                try MultipartUploadStore.leftover(limit: Self.pageMax, on: $0)
            }
            for id in page { try await removeParts(of: id) }
            if page.count < Self.pageMax { break }
        }
        let open = try await artifacts.database.read { try MultipartUploadStore.openIDs(at: now, on: $0) }
        return try await count
            + artifacts.objects.removeParts(
                before: time ?? now.advanced(byMilliseconds: -Self.orphanAgeMs),
                keeping: Set(open)
            )
    }

    /// Removes the parts and forgets the upload.
    func remove(_ id: String) async throws {
        try await artifacts.objects.delete(.parts(of: id))
        try await artifacts.database.write { try MultipartUploadStore.delete(id, on: $0) }
    }

    func removeParts(of id: String) async throws {
        try await artifacts.objects.delete(.parts(of: id))
        try await artifacts.database.write { try MultipartUploadStore.deleteParts(of: id, on: $0) }
    }
}
