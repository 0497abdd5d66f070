package import Inference
import Synchronization

/// What an endpoint has done since the server started; it goes on counting when its model is replaced.
package final class EndpointStatistics: Sendable {
    /// The numbers at one moment.
    package struct Snapshot: Sendable {
        /// Requests answered, rightly or with an error.
        package fileprivate(set) var requests: UInt64 = 0
        /// Those answered with an error.
        package fileprivate(set) var errors: UInt64 = 0
        /// Rows predicted.
        package fileprivate(set) var rows: UInt64 = 0
        /// From the whole body being there to the model's answer, of requests answered rightly.
        package fileprivate(set) var latency = LatencyHistogram()
        /// The processes of its model; nil where it has none.
        package internal(set) var workers: WorkerStatistics?
    }

    private let state = Mutex(Snapshot())

    /// Nothing counted yet.
    package init() {}

    /// The numbers now.
    package var snapshot: Snapshot { state.withLock { $0 } }

    /// Counts a request of `rows` that was answered after `nanoseconds`.
    func recordAnswer(rows: Int, nanoseconds: UInt64) {
        state.withLock { state in
            state.requests += 1
            state.rows += UInt64(rows)
            state.latency.record(nanoseconds: nanoseconds)
        }
    }

    /// Counts a request that was answered with an error.
    func recordError() {
        state.withLock { state in
            state.requests += 1
            state.errors += 1
        }
    }
}
