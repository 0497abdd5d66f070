import EventStream
import Inference
import Kernel
import Serving
import Synchronization
import Testing

/// A stream in memory: what is read of it, what is committed, and what troubles are on the way.
final class MemorySource: EventSource {
    struct State {
        var events: [StreamEvent] = []
        var committed: [String] = []
        /// How the next commits end: true for taken, false for lost, nil for away.
        var commits: [Bool?] = []
        /// Stopped when there is nothing more to read.
        var job: StreamJob?
    }

    let state: Mutex<State>

    init(_ values: [String]) {
        let events = values.enumerated().map { index, value in
            StreamEvent(
                place: .redis(stream: "s", entry: "\(index)-0"),
                key: Array("k\(index)".utf8),
                value: Array(value.utf8),
                writtenAtMs: 1_000
            )
        }
        state = Mutex(State(events: events))
    }

    func next(_ limit: Int) async throws -> [StreamEvent] {
        state.withLock { state in
            if state.events.isEmpty { state.job?.stop() }
            return Array(state.events.prefix(limit))
        }
    }

    func commit(_ events: [StreamEvent]) async throws -> Bool {
        try state.withLock { state in
            let outcome = state.commits.isEmpty ? true : state.commits.removeFirst()
            guard let outcome else { throw StreamError(.unavailable, "the source is away") }
            if outcome {
                state.committed += events.map(\.replyID)
                state.events.removeFirst(events.count)
            }
            return outcome
        }
    }

    func lag() async throws -> [StreamLag] {
        [StreamLag(part: "s", events: state.withLock { Int64($0.events.count) })]
    }

    func close() async {}
}

/// A stream in memory that is written.
final class MemorySink: EventSink {
    struct State {
        var messages: [StreamMessage] = []
        var settled: [String] = []
        /// How often it is away before it takes anything.
        var troubles = 0
        /// Ids that it never takes.
        var refused: Set<String> = []
    }

    let state = Mutex(State())

    var messages: [StreamMessage] { state.withLock { $0.messages } }

    func write(_ messages: [StreamMessage]) async throws -> [Int: String] {
        try state.withLock { state in
            guard messages.isEmpty || state.troubles == 0 else {
                state.troubles -= 1
                throw StreamError(.unavailable, "the sink is away")
            }
            var refused: [Int: String] = [:]
            for (index, message) in messages.enumerated() {
                if state.refused.contains(message.id) {
                    refused[index] = "too large"
                } else {
                    state.messages.append(message)
                }
            }
            return refused
        }
    }

    func settled(_ messages: [StreamMessage]) async {
        state.withLock { $0.settled += messages.map(\.id) }
    }

    func close() async {}
}

/// Replies, dead letters and commits of streams in memory, all at once.
struct MemoryTransaction: EventTransaction {
    let source: MemorySource
    let replies: MemorySink
    let deadLetters: MemorySink

    func settle(_ events: [StreamEvent], replies: [StreamMessage], deadLetters: [StreamMessage]) async throws
        -> TransactionOutcome
    {
        let never = self.replies.state.withLock { $0.refused }
        // As a broker does, it tells of one and leaves the rest alone.
        if let index = replies.firstIndex(where: { never.contains($0.id) }) { return .refused([index: "too large"]) }
        guard try await source.commit(events) else { return .lost }
        _ = try await self.replies.write(replies)
        _ = try await self.deadLetters.write(deadLetters)
        return .committed
    }
}

/// A job between streams in memory, with the model of a fixture.
struct StreamWorld: Sendable {
    let source: MemorySource
    let replies = MemorySink()
    let deadLetters = MemorySink()
    let counters = StreamCounters()
    let model: CurrentStreamModel
    let job: StreamJob

    init(
        _ model: LoadedModel,
        _ values: [String],
        contract: Contract? = nil,
        isTransactional: Bool = false,
        executor: InferenceExecutor
    ) throws {
        source = MemorySource(values)
        self.model = CurrentStreamModel(try StreamModel(model, name: "iris", version: 3, contract: contract))
        job = StreamJob(
            StreamJob.Parts(
                ends: EventStreams.Ends(
                    source: source,
                    sink: replies,
                    deadLetters: deadLetters,
                    transaction: isTransactional
                        ? MemoryTransaction(source: source, replies: replies, deadLetters: deadLetters) : nil
                ),
                model: self.model,
                executor: executor,
                counters: counters,
                trouble: StreamTrouble { _ in },
                clock: WallClock { Timestamp(milliseconds: 1_250) },
                batchMax: 4
            )
        )
        source.state.withLock { $0.job = job }
    }

    /// The reply to the event numbered `index`.
    func reply(_ index: Int) throws -> JSONObject {
        let message = try #require(replies.messages.first { $0.id == "s/\(index)-0" })
        return try #require(try JSON.parse(message.value).objectValue)
    }
}
