import Synchronization

/// What the processes of one model have done since it was loaded.
package struct WorkerStatistics: Sendable {
    /// One process.
    package struct Replica: Sendable {
        /// What it is doing.
        package enum State: String, Sendable, CaseIterable {
            case starting, ready, busy, waiting
        }

        /// The system's number of the process; nil while there is none.
        package var processID: Int32?
        /// What it is doing; `waiting` to be started again.
        package var state: State = .starting
        /// How often it has been started again.
        package var restarts = 0
    }

    /// The processes.
    package internal(set) var replicas: [Replica]
    /// Requests that wait.
    package internal(set) var waiting = 0
    /// The rows that a process was asked at once.
    package internal(set) var batches = BatchSizes()
    /// The requests that those rows came with.
    package internal(set) var requests: UInt64 = 0

    /// Starts of a process after the first.
    package var restarts: Int { replicas.reduce(0) { $0 + $1.restarts } }
}

/// Counts what the processes of one model do.
final class WorkerCounters: Sendable {
    private let state: Mutex<WorkerStatistics>

    init(replicas: Int) {
        state = Mutex(WorkerStatistics(replicas: Array(repeating: .init(), count: replicas)))
    }

    var snapshot: WorkerStatistics { state.withLock { $0 } }

    func change(_ replica: Int, _ body: (inout WorkerStatistics.Replica) -> Void) {
        state.withLock { body(&$0.replicas[replica]) }
    }

    func countBatch(requests: Int, rows: Int) {
        state.withLock { state in
            state.batches.record(rows: rows)
            state.requests += UInt64(requests)
        }
    }
}
