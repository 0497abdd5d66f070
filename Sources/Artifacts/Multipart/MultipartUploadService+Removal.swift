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
    /// - Throws: what the store throws; ``DatabaseError``. What can be removed is, all the same.
    package func removeUnfinished(before time: Timestamp? = nil) async throws -> Int {
        let now = artifacts.clock.now()
        let expired = try await removeAll(by: remove) { id, connection in
            try MultipartUploadStore.expired(at: now, after: id, limit: Self.pageMax, on: connection)
        }
        let leftover = try await removeAll(by: removeParts) { id, connection in
            try MultipartUploadStore.leftover(after: id, limit: Self.pageMax, on: connection).map { ($0, true) }
        }
        let open = try await artifacts.database.read { try MultipartUploadStore.openIDs(at: now, on: $0) }
        let orphans = try await artifacts.objects.removeParts(
            before: time ?? now.advanced(byMilliseconds: -Self.orphanAgeMs),
            keeping: Set(open)
        )
        if let failure = expired.failure ?? leftover.failure { throw failure }
        return expired.unfinished + orphans
    }

    /// Hands all uploads to `removal`, of which `page` gives the next after an id; one that can't be removed keeps no
    /// other.
    ///
    /// - Returns: how many of those that were removed were not finished, and the first error.
    private func removeAll(
        by removal: (String) async throws -> Void,
        _ page: @escaping @Sendable (String, any SQLConnection) throws -> [(id: String, isComplete: Bool)]
    ) async throws -> (unfinished: Int, failure: (any Error)?) {
        var unfinished = 0
        var failure: (any Error)?
        var last = ""
        while true {
            let uploads = try await artifacts.database.read { [last] in try page(last, $0) }
            for upload in uploads {
                do {
                    try await removal(upload.id)
                    if !upload.isComplete { unfinished += 1 }
                } catch let error as CancellationError {
                    throw error
                } catch {
                    failure = failure ?? error
                }
            }
            guard uploads.count == Self.pageMax, let end = uploads.last else { return (unfinished, failure) }
            last = end.id
        }
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
