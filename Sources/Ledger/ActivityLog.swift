package import Database
package import Kernel
import Synchronization

/// The audit trail: every change, in the transaction of the change, later sealed into a chain of hashes.
package final class ActivityLog: Sendable {
    private let database: any SQLDatabase
    private let clock: WallClock
    private let hasUnsealed = Mutex(true)
    private let ids = Mutex(TimeOrderedIDs())
    /// Activities as they are sealed, a batch at a time, in the order of the chain.
    package let sealed = Feed<[Activity]>()

    /// A log in `database`, whose times come from `clock`.
    package init(database: any SQLDatabase, clock: WallClock) {
        self.database = database
        self.clock = clock
    }

    /// Writes `activity` in the transaction of the change that it tells of.
    ///
    /// - Throws: ``DatabaseError``.
    package func record(_ activity: NewActivity, on connection: any SQLConnection) throws {
        let now = clock.now()
        var generator = SystemRandomNumberGenerator()
        try ActivityStore.insert(
            activity,
            id: ids.withLock { $0.next(at: now, using: &generator) },
            at: now,
            on: connection
        )
        hasUnsealed.withLock { $0 = true }
    }

    /// At most `limit` sealed activities after the one numbered `sequence`, in the order of the chain.
    ///
    /// - Throws: ``DatabaseError``.
    package func activities(after sequence: Int64, limit: Int) async throws -> [Activity] {
        try await database.read { try ActivityStore.sealed(after: sequence, limit: limit, on: $0) }
    }

    /// The same in a transaction of the caller's.
    package func activities(after sequence: Int64, limit: Int, on connection: any SQLConnection) throws -> [Activity] {
        try ActivityStore.sealed(after: sequence, limit: limit, on: connection)
    }

    /// The newest sealed activities, at most `limit`, newest first.
    ///
    /// - Throws: ``DatabaseError``.
    package func newest(limit: Int) async throws -> [Activity] {
        try await database.read { try ActivityStore.newest(limit: limit, on: $0) }
    }

    /// Where the chain ends: the number of its last link, 0 when it has none.
    ///
    /// - Throws: ``DatabaseError``.
    package func lastSequence() async throws -> Int64 {
        try await database.read { try ActivityStore.chain(on: $0).sequence }
    }

    /// The same in a transaction of the caller's.
    package func lastSequence(on connection: any SQLConnection) throws -> Int64 {
        try ActivityStore.chain(on: connection).sequence
    }

    /// Gives every committed activity its number and hash; answers whether any was waiting.
    ///
    /// One server at a time does it, whichever leads.
    /// - Throws: ``DatabaseError``.
    package func seal() async throws -> Bool {
        let batchMax = 1000
        let count = Mutex(0)
        _ = try await database.tryLead("activity_sealer") { connection in
            let sealed = try ActivityStore.seal(limit: batchMax, on: connection)
            count.withLock { $0 = sealed }
        }
        return count.withLock { $0 } > 0
    }

    /// Whether something may wait for ``seal()``; asking clears the answer until the next record.
    func takeUnsealed() -> Bool {
        hasUnsealed.withLock { hasUnsealed in
            defer { hasUnsealed = false }
            return hasUnsealed
        }
    }

    /// Says that something still waits for ``seal()``.
    func noteUnsealed() {
        hasUnsealed.withLock { $0 = true }
    }
}
