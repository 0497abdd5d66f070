package import EventStream
import Synchronization

/// What a stream has done, counted since the start.
package struct StreamCounts: Sendable {
    /// Events that were read, some of them again.
    package fileprivate(set) var read: UInt64 = 0
    /// Replies that were written.
    package fileprivate(set) var replied: UInt64 = 0
    /// Dead letters that were written, by MLflow's name of the failure.
    package fileprivate(set) var deadLetters: [String: UInt64] = [:]
    /// Events that were read again after their reply was written, and left alone.
    package fileprivate(set) var repeated: UInt64 = 0
    /// Events that became another consumer's before they were committed.
    package fileprivate(set) var lost: UInt64 = 0
    /// Tries beside the first.
    package fileprivate(set) var retries: UInt64 = 0
    /// Batches that were committed.
    package fileprivate(set) var batches: UInt64 = 0
    /// From an event's being written to its reply's being written.
    package fileprivate(set) var latency = LatencyHistogram()
    /// What is not done yet, as it was seen last.
    package fileprivate(set) var lag: [StreamLag] = []

    /// All dead letters.
    package var deadLettersTotal: UInt64 { deadLetters.values.reduce(0, +) }
    /// The events that are not done yet; nil when that is not known.
    package var lagTotal: Int64? {
        let known = lag.compactMap(\.events)
        return known.count == lag.count && !lag.isEmpty ? known.reduce(0, +) : nil
    }
}

/// Counts what a stream does.
package final class StreamCounters: Sendable {
    private let state = Mutex(StreamCounts())

    /// Counts from nothing.
    package init() {}

    /// The counts now.
    package var counts: StreamCounts { state.withLock { $0 } }

    /// Notes what is not done yet.
    package func note(lag: [StreamLag]) { state.withLock { $0.lag = lag } }

    func retried() { state.withLock { $0.retries += 1 } }

    func read(_ events: Int, repeated: Int) {
        state.withLock { counts in
            counts.read += UInt64(events)
            counts.repeated += UInt64(repeated)
        }
    }

    /// Counts what was written, whose events are as old as `latenciesMs` say.
    func wrote(replies: Int, deadLetters: [String], latenciesMs: [Int64]) {
        state.withLock { counts in
            counts.replied += UInt64(replies)
            for code in deadLetters { counts.deadLetters[code, default: 0] += 1 }
            for latency in latenciesMs { counts.latency.record(nanoseconds: UInt64(max(0, latency)) * 1_000_000) }
        }
    }

    func settled(_ events: Int, isOwn: Bool) {
        state.withLock { counts in
            if isOwn { counts.batches += 1 } else { counts.lost += UInt64(events) }
        }
    }
}
