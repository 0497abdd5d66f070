import CRdKafka

/// Writes replies and dead letters to Kafka and commits the place in the input, in one transaction.
///
/// Who reads the output with `isolation.level=read_committed` sees all of it or nothing, whenever this process is killed.
struct KafkaTransaction: EventTransaction {
    let source: KafkaSource
    let producer: KafkaProducer
    let topic: String
    let deadLetterTopic: String

    func settle(_ events: [StreamEvent], replies: [StreamMessage], deadLetters: [StreamMessage]) async throws
        -> TransactionOutcome
    {
        let written: [(topic: String, messages: [StreamMessage])] = [(topic, replies), (deadLetterTopic, deadLetters)]
        func transact(apart: Bool) async throws -> KafkaProducer.Ending {
            try await producer.transact(written, apart: apart) { producer, library, limit in
                source.sendPlaces(after: events) { group, places in
                    library.producer.send_offsets_to_transaction(producer, places, group, limit)
                }
            }
        }
        var ending = try await transact(apart: false)
        if case .refusedTogether = ending {
            // With each message by itself it shows which of them it is that the broker does not take.
            do {
                ending = try await transact(apart: true)
            } catch let error as StreamError where error.code == .unavailable {
                // What was refused has left a gap in the producer's sequence, for which the broker has the next transaction
                // called off; the one after it begins a sequence of its own.
                ending = try await transact(apart: true)
            }
        }
        switch ending {
        case .committed:
            source.settle(events, isCommitted: true)
            return .committed
        case .lost:
            source.settle(events, isCommitted: false)
            return .lost
        case .refusedTogether: throw StreamError(.unavailable, "\(topic): a batch was refused")
        case .refused(part: 0, let reasons): return .refused(reasons)
        case .refused(part: _, let reasons):
            let told = reasons.map { "\(deadLetters[$0.key].id) can't be written: \($0.value)" }
            throw StreamError(.refused, "The dead letter \(told.first ?? "")")
        }
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
        case refusedTogether
    }

    /// What a step of a transaction has come to.
    private enum Step {
        case done
        /// The transaction must be called off; `isLoss` when the partitions are another member's.
        case abort(String, isLoss: Bool)
    }

    /// Writes `parts`, each to its topic, in one transaction, together with the places that `places` sends; each message
    /// by itself if they are to be `apart`, which takes a round trip for each.
    ///
    /// - Throws: `unavailable` when it was called off and may be tried again, `refused`, `CancellationError`.
    func transact(
        _ parts: [(topic: String, messages: [StreamMessage])],
        apart: Bool,
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
                let round = try writeInTransaction(part.messages, to: part.topic, apart: apart)
                guard round.refused.isEmpty, round.suspects.isEmpty else {
                    try abort()
                    return round.refused.isEmpty ? .refusedTogether : .refused(part: number, round.refused)
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
