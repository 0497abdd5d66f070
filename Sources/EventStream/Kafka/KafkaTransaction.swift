import CRdKafka

/// Writes replies and dead letters to Kafka and commits the place in the input, in one transaction.
///
/// Who reads the output with `isolation.level=read_committed` sees all of it or nothing, whenever this process is killed.
struct KafkaTransaction: EventTransaction {
    let source: KafkaSource
    let producer: KafkaProducer
    let topic: String
    let deadLetterTopic: String
    /// Half of the time after which Kafka calls a transaction off by itself (`transaction.timeout.ms`).
    private static let searchMax = Duration.seconds(30)

    func settle(_ events: [StreamEvent], replies: [StreamMessage], deadLetters: [StreamMessage]) async throws
        -> TransactionOutcome
    {
        let parts = [KafkaPart(replies, to: topic), KafkaPart(deadLetters, to: deadLetterTopic)]
        var ending = try await transact(parts, events)
        if case .refusedTogether(let part, _) = ending { ending = try await search(part, of: parts, events) }
        switch ending {
        case .committed:
            source.settle(events, isCommitted: true)
            return .committed
        case .lost:
            source.settle(events, isCommitted: false)
            return .lost
        case .refused(part: 0, let reasons), .refusedTogether(part: 0, let reasons): return .refused(reasons)
        case .refused(part: _, let reasons), .refusedTogether(part: _, let reasons):
            let told = reasons.map { "\(deadLetters[$0.key].id) can't be written: \($0.value)" }
            throw StreamError(.refused, "The dead letter \(told.first ?? "")")
        }
    }

    /// Writes the messages of the part `number` one by one until it is known which of them the broker does not take. What
    /// finds one is called off, and the next goes on behind it.
    ///
    /// - Returns: all that are refused, those of which there was no time to learn it among them; `committed` when none is.
    private func search(_ number: Int, of parts: [KafkaPart], _ events: [StreamEvent]) async throws
        -> KafkaProducer.Ending
    {
        let end = ContinuousClock.now + Self.searchMax
        var parts = parts
        var refused: [Int: String] = [:]
        var sought = 0
        var leavesGap = true
        while true {
            parts[number].split(from: sought)
            parts[number].isTrial = !refused.isEmpty
            do {
                switch try await transact(parts, events, until: end) {
                case .refused(part: number, let found):
                    refused.merge(found) { _, last in last }
                    sought = (found.keys.max() ?? sought) + 1
                    leavesGap = true
                case .refusedTogether(part: number, let unknown):
                    return .refused(part: number, refused.merging(unknown) { known, _ in known })
                case .refusedTogether(let other, _) where !parts[other].isSplit:
                    parts[other].split(from: 0)
                    leavesGap = true
                case let other: return other
                }
            } catch let error as StreamError where error.code == .unavailable && leavesGap {
                // What was refused has left a gap in the producer's sequence, for which the broker has the next transaction
                // called off; the one after it begins a sequence of its own.
                leavesGap = false
            }
        }
    }

    private func transact(
        _ parts: [KafkaPart],
        _ events: [StreamEvent],
        until time: ContinuousClock.Instant = .now + searchMax
    ) async throws -> KafkaProducer.Ending {
        try await producer.transact(parts, until: time) { producer, library, limit in
            source.sendPlaces(after: events) { group, places in
                library.producer.send_offsets_to_transaction(producer, places, group, limit)
            }
        }
    }
}

/// What a transaction writes to one topic.
struct KafkaPart: Sendable {
    let messages: [StreamMessage]
    let topic: String
    /// The messages' places, by what is sent together.
    var groups: [[Int]]
    /// Whether it is only to be seen what is taken; then the transaction is called off.
    var isTrial = false

    /// A part that sends all `messages` to `topic` together.
    init(_ messages: [StreamMessage], to topic: String) {
        self.messages = messages
        self.topic = topic
        groups = [Array(messages.indices)]
    }

    /// Whether each message is sent by itself.
    var isSplit: Bool { groups.count != 1 }

    /// Has the messages from the place `start` on sent each by itself, and those before it not at all.
    mutating func split(from start: Int) {
        // The first group is sent whatever the time: here it is none.
        groups = [[]] + messages.indices.dropFirst(start).map { [$0] }
    }
}

/// What sending the places in the input along has come to.
enum SentPlaces {
    case sent(CRdKafkaError?)
    /// They are another member's now.
    case lost
}

extension KafkaProducer {
    private static let limitMs: Int32 = 10_000
    /// So long waits the first try to call off, which may need reports to be read before it can end.
    private static let abortMs: Int32 = 200

    /// What a transaction has come to.
    enum Ending {
        case committed
        /// The places are no longer the consumer's; nothing was written.
        case lost
        /// Messages of this part will never be taken, by their index and why; nothing was written.
        case refused(part: Int, [Int: String])
        /// A batch was refused, of which one message is enough to be at fault; nothing was written.
        case refusedTogether(part: Int, [Int: String])
    }

    /// What a step of a transaction has come to.
    private enum Step {
        case done
        /// The transaction must be called off; `isLoss` when the partitions are another member's.
        case abort(String, isLoss: Bool)
    }

    /// Writes `parts` in one transaction, as far as there is time, together with the places that `places` sends.
    ///
    /// - Throws: `unavailable` when it was called off and may be tried again, `refused`, `CancellationError`.
    func transact(
        _ parts: [KafkaPart],
        until time: ContinuousClock.Instant,
        _ places: @Sendable (CRdKafkaHandle, KafkaLibrary, Int32) throws -> SentPlaces
    ) throws -> Ending {
        let (library, handle) = (client.library, client.handle)
        if !isTransactional {
            _ = try step { library.producer.init_transactions(handle, Self.limitMs) }
            isTransactional = true
        }
        if case .abort(let reason, _) = try step({ library.producer.begin_transaction(handle) }) {
            throw StreamError(.refused, "Kafka: \(reason)")
        }
        do {
            for (number, part) in parts.enumerated() {
                let round = try writeInTransaction(part.messages, part.groups, to: part.topic, until: time)
                guard round.refused.isEmpty, round.suspects.isEmpty, !part.isTrial else {
                    try abort()
                    return round.refused.isEmpty
                        ? .refusedTogether(part: number, round.suspects) : .refused(part: number, round.refused)
                }
            }
            var isLost = false
            var ending = try step {
                switch try places(handle, library, Self.limitMs) {
                case .sent(let error): return error
                case .lost:
                    isLost = true
                    return nil
                }
            }
            if isLost { ending = .abort("", isLoss: true) }
            if case .done = ending { ending = try step { library.producer.commit_transaction(handle, Self.limitMs) } }
            guard case .abort(let reason, let isLoss) = ending else { return .committed }
            guard isLoss else { throw StreamError(.unavailable, "Kafka: the transaction was called off: \(reason)") }
            try abort()
            return .lost
        } catch let error as StreamError where error.code == .unavailable {
            try abort()
            throw error
        }
    }

    /// Calls the transaction off. What is on its way is thrown away, and the reports of that must be read meanwhile.
    private func abort() throws {
        let (library, handle) = (client.library, client.handle)
        _ = try step {
            while try !reports().isEmpty {}
            guard let error = library.producer.abort_transaction(handle, Self.abortMs) else { return nil }
            // It goes on from where it is; what is wrong with it the second call tells again.
            library.client.error_destroy(error)
            while try !reports().isEmpty {}
            return library.producer.abort_transaction(handle, Self.limitMs)
        }
    }

    /// Takes a step, again and again while the library says that the same may succeed.
    private func step(_ take: () throws -> CRdKafkaError?) throws -> Step {
        let library = client.library.client
        while true {
            try Task.checkCancellation()
            guard let error = try take() else { return .done }
            defer { library.error_destroy(error) }
            let reason = library.error_string(error).map { String(cString: $0) } ?? ""
            if library.error_is_fatal(error) != 0 { throw StreamError(.refused, "Kafka: \(reason)") }
            if library.error_txn_requires_abort(error) != 0 {
                return .abort(reason, isLoss: KafkaFailure.isLoss(library.error_code(error)))
            }
            guard library.error_is_retriable(error) != 0 else { throw StreamError(.refused, "Kafka: \(reason)") }
            note("Kafka: \(reason)")
        }
    }
}
