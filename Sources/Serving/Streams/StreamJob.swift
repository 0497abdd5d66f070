package import EventStream
package import Inference
package import Kernel
import Synchronization

/// Reads events, predicts what has come as one batch, writes the replies and then commits the events; again and again.
///
/// One batch at a time: while its replies are written, what comes is kept by the source, up to its bound. So a batch is as
/// large as the load asks, nothing waits for others to come, and no more than one batch is ever read a second time.
package final class StreamJob: Sendable {
    /// What it works with.
    package struct Parts: Sendable {
        /// The streams.
        let ends: EventStreams.Ends
        /// What answers.
        let model: CurrentStreamModel
        let executor: InferenceExecutor
        let counters: StreamCounters
        let trouble: StreamTrouble
        let clock: WallClock
        /// The events of a batch.
        let batchMax: Int

        /// Streams, what answers, and who is told.
        package init(
            ends: EventStreams.Ends,
            model: CurrentStreamModel,
            executor: InferenceExecutor,
            counters: StreamCounters,
            trouble: StreamTrouble,
            clock: WallClock,
            batchMax: Int
        ) {
            precondition(batchMax >= 1, "a batch has events")
            self.ends = ends
            self.model = model
            self.executor = executor
            self.counters = counters
            self.trouble = trouble
            self.clock = clock
            self.batchMax = batchMax
        }
    }

    /// What a batch has come to.
    private struct Batch {
        let events: [StreamEvent]
        var replies: [StreamMessage] = []
        /// The replies' places in `events`.
        var repliesTo: [Int] = []
        var deadLetters: [StreamMessage] = []
        var codes: [String] = []
    }

    private let parts: Parts
    private let state = Mutex((isStopping: false, written: WrittenPlaces()))

    /// A job of `parts`; ``run()`` does it.
    package init(_ parts: Parts) { self.parts = parts }

    /// Has ``run()`` end when what is in hand is committed.
    package func stop() { state.withLock { $0.isStopping = true } }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Works until ``stop()`` is called. The streams are left open.
    ///
    /// - Throws: ``StreamError`` when a stream refuses for good; what no event can be answered for; `CancellationError`.
    ///   What is in hand then is read again by whoever goes on.
    package func run() async throws {
        while !isStopping {
            let events = try await patiently(givesUp: true) {
                try await self.parts.ends.source.next(self.parts.batchMax)
            }
            if let events, !events.isEmpty { try await handle(events) }
        }
    }

    private func handle(_ events: [StreamEvent]) async throws {
        let fresh = state.withLock { state in events.filter { !state.written.contains($0.place) } }
        parts.counters.read(events.count, repeated: events.count - fresh.count)
        let batch = try await answered(fresh)
        let isOwn: Bool
        if let transaction = parts.ends.transaction {
            isOwn = try await settle(events, batch, in: transaction)
        } else {
            let written = try await write(batch)
            note(written)
            isOwn = try await patiently { try await self.parts.ends.source.commit(events) }
            remember(events, isOwn: isOwn)
            if isOwn {
                await parts.ends.sink.settled(written.replies)
                await parts.ends.deadLetters.settled(written.deadLetters)
            }
        }
        parts.counters.settled(events.count, isOwn: isOwn)
    }

    private func answered(_ events: [StreamEvent]) async throws -> Batch {
        let model = parts.model.model
        let answers = StreamAnswers(model: model, executor: parts.executor, counters: parts.counters)
        var batch = Batch(events: events)
        for (index, outcome) in try await answers.outcomes(of: events).enumerated() {
            switch outcome {
            case .answered(let text):
                batch.replies.append(StreamMessage(replyTo: events[index], text, by: model))
                batch.repliesTo.append(index)
            case .refused(let refusal):
                batch.deadLetters.append(StreamMessage(deadLetterOf: events[index], refusal, by: model))
                batch.codes.append(refusal.code)
            }
        }
        return batch
    }

    /// Writes what `batch` says and commits `events`, at once; a reply that its stream will never take becomes a dead
    /// letter, and the transaction begins again.
    ///
    /// - Returns: whether the events were still this consumer's.
    private func settle(_ events: [StreamEvent], _ batch: Batch, in transaction: any EventTransaction) async throws
        -> Bool
    {
        var batch = batch
        while true {
            let (replies, letters) = (batch.replies, batch.deadLetters)
            let outcome = try await patiently {
                try await transaction.settle(events, replies: replies, deadLetters: letters)
            }
            switch outcome {
            case .committed:
                note(batch)
                return true
            case .lost: return false
            case .refused(let refused): bury(refused, in: &batch)
            }
        }
    }

    /// Writes what `batch` says; a reply that its stream will never take becomes a dead letter.
    private func write(_ batch: Batch) async throws -> Batch {
        let ends = parts.ends
        var batch = batch
        let replies = batch.replies
        let refused = try await patiently { try await ends.sink.write(replies) }
        bury(refused, in: &batch)
        let letters = batch.deadLetters
        let lost = try await patiently { try await ends.deadLetters.write(letters) }
        if let (index, reason) = lost.first {
            throw StreamError(.refused, "The dead letter \(letters[index].id) can't be written: \(reason)")
        }
        return batch
    }

    /// Has the replies that `refused` names by their index, with the reason, become dead letters.
    private func bury(_ refused: [Int: String], in batch: inout Batch) {
        for (index, reason) in refused.sorted(by: { $0.key > $1.key }) {
            let event = batch.events[batch.repliesTo.remove(at: index)]
            let refusal = StreamRefusal(MartletError(.resourceExhausted, "The reply can't be written: \(reason)"))
            batch.deadLetters.append(StreamMessage(deadLetterOf: event, refusal, by: parts.model.model))
            batch.codes.append(refusal.code)
            batch.replies.remove(at: index)
        }
    }

    private func note(_ batch: Batch) {
        let now = parts.clock.now().milliseconds
        let latencies = batch.events.compactMap { $0.writtenAtMs.map { now - $0 } }
        parts.counters.wrote(replies: batch.replies.count, deadLetters: batch.codes, latenciesMs: latencies)
    }

    /// Notes which events need no second reply should they come again.
    private func remember(_ events: [StreamEvent], isOwn: Bool) {
        state.withLock { state in
            for event in events {
                if isOwn { state.written.remove(event.place) } else { state.written.insert(event.place) }
            }
        }
    }

    /// What `deed` gives, tried again for as long as the other side is away.
    private func patiently<Value: Sendable>(_ deed: @Sendable () async throws -> Value) async throws -> Value {
        guard let value = try await patiently(givesUp: false, deed) else { throw CancellationError() }
        return value
    }

    /// The same; nil when `givesUp` and the job is to stop meanwhile.
    private func patiently<Value: Sendable>(givesUp: Bool, _ deed: @Sendable () async throws -> Value) async throws
        -> Value?
    {
        var pause = Duration.milliseconds(50)
        while true {
            try Task.checkCancellation()
            do {
                return try await deed()
            } catch let error as StreamError where error.code == .unavailable {
                parts.trouble.note(error.description)
            }
            if givesUp, isStopping { return nil }
            try await Task.sleep(for: pause * Double.random(in: 0.75...1.25))
            pause = min(pause * 2, .seconds(2))
        }
    }
}
