import GRDB
import Synchronization

/// The one writer of an SQLite file: commits all bodies that wait together, so that they share one sync of the disk.
///
/// Lives on its connection's queue. Each body in a group is a savepoint: its error undoes it alone. A commit that
/// fails fails every body of the group.
final class SQLiteWriter: Sendable {
    private let connection: SQLiteConnection
    private let checkpointPages: Int
    private let queue: Mutex<GroupQueue<any PendingWrite>>

    init(_ connection: SQLiteConnection, _ configuration: SQLiteDatabase.Configuration) {
        self.connection = connection
        checkpointPages = configuration.checkpointPages
        queue = Mutex(GroupQueue(depthMax: configuration.queueDepthMax))
    }

    /// Hands in a write, which is answered after its commit, or at once when it can't wait.
    func submit(_ write: any PendingWrite) {
        switch queue.withLock({ $0.admit(write) }) {
        case .wakeWriter: connection.schedule { self.writeGroups() }
        case .waits: break
        case .full: write.answer(DatabaseError(.unavailable, "too many writes are waiting"))
        case .closed: write.answer(.closed)
        }
    }

    /// Ends the writer after what waits is written, and leaves all of it in the database file, the log empty.
    func close() async {
        queue.withLock { $0.close() }
        await withCheckedContinuation { continuation in
            // The queue is serial: what was admitted runs before this.
            connection.schedule {
                // A reader of another process may hold it back; the log is then copied at the next opening.
                _ = Result { () throws(DatabaseError) in try self.connection.checkpoint(.truncate) }
                continuation.resume()
            }
        }
        await connection.close()
    }

    private func writeGroups() {
        while let group = queue.withLock({ $0.nextGroup() }) {
            write(group[...])
            checkpoint(above: checkpointPages)
        }
        checkpoint(above: checkpointPages / 4)
    }

    /// Writes `group` in one transaction; in more than one when SQLite ends the first by itself.
    private func write(_ group: ArraySlice<any PendingWrite>) {
        var group = group
        while !group.isEmpty {
            let taken = writeOneTransaction(group)
            group = group.dropFirst(taken)
        }
    }

    /// Runs bodies and commits; answers how many bodies it has dealt with.
    private func writeOneTransaction(_ group: ArraySlice<any PendingWrite>) -> Int {
        var ran: [any PendingWrite] = []
        do throws(DatabaseError) {
            try connection.control("BEGIN IMMEDIATE")
            let changed = try run(group, &ran)
            try connection.control(changed ? "COMMIT" : "ROLLBACK")
            ran.forEach { $0.answer(nil) }
        } catch {
            // A rollback that fails too leaves nothing to do here: the next BEGIN says so to its own group.
            _ = Result { () throws(DatabaseError) in try connection.rollback() }
            // Without a transaction none of the group can be run.
            if ran.isEmpty { ran = Array(group) }
            ran.forEach { $0.answer(error) }
        }
        return ran.count
    }

    /// Runs the bodies of `group` one after the other, noting in `ran` those that it came to.
    ///
    /// - Returns: whether any went well. - Throws: ``DatabaseError`` when the transaction is lost.
    private func run(
        _ group: ArraySlice<any PendingWrite>,
        _ ran: inout [any PendingWrite]
    ) throws(DatabaseError) -> Bool {
        // A body alone needs no savepoint: the transaction is its own.
        guard group.count > 1 else {
            ran.append(contentsOf: group)
            return group.allSatisfy { $0.run(on: connection) }
        }
        var changed = false
        for write in group {
            try connection.control("SAVEPOINT body")
            ran.append(write)
            if write.run(on: connection) {
                changed = true
            } else if connection.isInTransaction {
                try connection.control("ROLLBACK TO body")
            } else {
                // A full disk among others makes SQLite undo the whole transaction, with the bodies before this one.
                throw DatabaseError(.unavailable, "another write of the same commit failed and undid it")
            }
            try connection.control("RELEASE body")
        }
        return changed
    }

    /// Copies the log into the file once it has gained `pages`, so that the next commit can start it over.
    private func checkpoint(above pages: Int) {
        guard connection.newWalPageCount > pages else { return }
        // Readers that always overlap keep SQLite from starting over: then it waits for those that it has.
        let mode: GRDB.Database.CheckpointMode = connection.walPageCount > 8 * checkpointPages ? .restart : .passive
        // What a checkpoint can't copy stays in the log, safe, for the next one.
        _ = Result { () throws(DatabaseError) in try connection.checkpoint(mode) }
    }
}
