import Database
import Synchronization

/// The numbers by which tables know runs, taken from the database a block at a time.
///
/// Were each run's number taken in the transaction that makes the run, PostgreSQL would let one such transaction through
/// and refuse all that run beside it. What is left of a block when the server stops is never used; numbers have no
/// meaning and need no order. Searches take the counter for the number of runs, which a block blurs but little.
final class RunNumbers: Sendable {
    private static let blockSize = 100

    private let database: any SQLDatabase
    private let left = Mutex<[Range<Int64>]>([])

    /// Numbers of the counter `run` in `database`.
    init(database: any SQLDatabase) {
        self.database = database
    }

    /// A number that no other run has, nor will have.
    ///
    /// - Throws: ``DatabaseError``.
    func next() async throws -> Int64 {
        if let number = takeOne() { return number }
        let last = try await database.write { try CounterStore.take(Self.blockSize, of: "run", on: $0) }
        return left.withLock { left in
            // Others may have come back with a block of their own meanwhile; all are used up.
            left.append(last - Int64(Self.blockSize) + 2..<last + 1)
            return last - Int64(Self.blockSize) + 1
        }
    }

    private func takeOne() -> Int64? {
        left.withLock { left in
            guard let number = left.last?.first else { return nil }
            let rest = left.removeLast().dropFirst()
            if !rest.isEmpty { left.append(rest) }
            return number
        }
    }
}
