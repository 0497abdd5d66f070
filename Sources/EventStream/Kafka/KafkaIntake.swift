import Synchronization

/// What a consumer has been given and nobody has taken yet, and what was taken and is not committed.
///
/// Bounded: who puts looks for room first. One waits at most, as calls of a source follow one another.
final class KafkaIntake: Sendable {
    /// The events that are kept ahead.
    static let eventsMax = 4_096
    /// The bytes of their keys and values, beyond which the last event may go.
    static let bytesMax = 64 << 20

    private struct State {
        /// Nil where one was taken, so that its bytes go at once.
        var events: [StreamEvent?] = []
        var head = 0
        var bytes = 0
        var waiter: CheckedContinuation<[StreamEvent], any Error>?
        var limit = 0
        /// Counts up when partitions go.
        var generation = 0
        /// The generation of what was taken and is not committed; nil when nothing is.
        var taken: Int?
        var failure: StreamError?
        /// The partitions, and up to where each is committed, where that is known.
        var committed: [Int32: Int64?] = [:]
        var isPaused = false
        var isStopped = false

        var count: Int { events.count - head }

        mutating func take(_ limit: Int) -> [StreamEvent] {
            let end = min(events.count, head + limit)
            var part: [StreamEvent] = []
            for index in head..<end {
                guard let event = events[index] else { preconditionFailure("an event is taken once") }
                part.append(event)
                bytes -= event.bytes
                events[index] = nil
            }
            head = end
            if head == events.count || head > KafkaIntake.eventsMax {
                events.removeFirst(head)
                head = 0
            }
            if !part.isEmpty { taken = generation }
            return part
        }
    }

    private let state = Mutex(State())

    /// Whether there is room for more.
    var hasRoom: Bool { state.withLock { $0.count < Self.eventsMax && $0.bytes < Self.bytesMax } }
    /// Whether less than half is kept.
    var isHalfEmpty: Bool { state.withLock { $0.count < Self.eventsMax / 2 && $0.bytes < Self.bytesMax / 2 } }
    /// Whether something was taken and is not committed.
    var isInHand: Bool { state.withLock { $0.taken != nil } }
    /// Whether the consumer is to leave.
    var isStopped: Bool { state.withLock { $0.isStopped } }
    /// Whether the partitions are paused; those that come are not.
    var isPaused: Bool { state.withLock { $0.isPaused } }
    /// The partitions, and up to where each is committed, where that is known.
    var committed: [Int32: Int64?] { state.withLock { $0.committed } }

    /// The next events; waits until ``wake()`` is called.
    func next(_ limit: Int) async throws -> [StreamEvent] {
        try await withCheckedThrowingContinuation { continuation in
            let result: Result<[StreamEvent], any Error>? = state.withLock { state in
                if let failure = state.failure { return .failure(failure) }
                if state.isStopped { return .success([]) }
                guard state.count == 0 else { return .success(state.take(limit)) }
                (state.waiter, state.limit) = (continuation, limit)
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    func put(_ event: StreamEvent) {
        state.withLock { state in
            state.events.append(event)
            state.bytes += event.bytes
        }
    }

    /// Gives whoever waits what there is, nothing too.
    func wake() {
        state.withLock { state in
            guard let waiter = state.waiter else { return }
            state.waiter = nil
            if let failure = state.failure {
                waiter.resume(throwing: failure)
            } else {
                waiter.resume(returning: state.take(state.limit))
            }
        }
    }

    /// Whether what was taken is of partitions that are still here.
    var isOwn: Bool { state.withLock { $0.taken == $0.generation } }

    /// Notes that what was taken is done with, up to these places.
    func settle(_ places: [Int32: Int64]) {
        state.withLock { state in
            state.taken = nil
            for (partition, place) in places where state.committed.keys.contains(partition) {
                state.committed[partition] = .some(place)
            }
        }
    }

    /// Notes where a group has been before.
    func learn(_ partition: Int32, committed place: Int64) {
        state.withLock { state in
            if case .some(nil) = state.committed[partition] { state.committed[partition] = .some(place) }
        }
    }

    /// Begins with these partitions.
    func assign(_ partitions: [Int32]) {
        state.withLock { state in
            state.committed = Dictionary(partitions.map { ($0, nil) }) { first, _ in first }
        }
    }

    /// Drops what nobody has taken: the partitions are going.
    func dropEvents() {
        state.withLock { state in
            state.events = []
            state.head = 0
            state.bytes = 0
        }
    }

    /// Notes that the partitions are paused, or no longer.
    func pause(_ isPaused: Bool) { state.withLock { $0.isPaused = isPaused } }

    /// Ends with all partitions; what is in hand is no longer this consumer's.
    func unassign() {
        state.withLock { state in
            state.generation += 1
            state.committed = [:]
            state.isPaused = false
        }
    }

    /// Ends for good, for this reason.
    func fail(_ error: StreamError) { state.withLock { $0.failure = $0.failure ?? error } }

    /// Has the consumer leave; nothing that is in hand is waited for.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.taken = nil
        }
    }
}

extension StreamEvent {
    fileprivate var bytes: Int { value.count + (key?.count ?? 0) }
}
