import CRdKafka

/// Writes replies and dead letters to Kafka and commits the place in the input, in one transaction.
///
/// Who reads the output with `isolation.level=read_committed` sees all of it or nothing, whenever this process is killed.
struct KafkaTransaction: EventTransaction {
    let source: KafkaSource
    let producer: KafkaProducer
    let topic: String
    let deadLetterTopic: String

    func settle(_ events: [StreamEvent], replies: [StreamMessage], deadLetters: [StreamMessage]) async throws -> Bool {
        let written = [(topic, replies), (deadLetterTopic, deadLetters)].filter { !$0.1.isEmpty }
        let isCommitted = try await producer.transact(written) { producer, library, limit in
            source.sendPlaces(after: events) { group, places in
                library.producer.send_offsets_to_transaction(producer, places, group, limit)
            }
        }
        source.settle(events, isCommitted: isCommitted)
        return isCommitted
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

    /// What a step of a transaction has come to.
    private enum Step {
        case done
        /// The transaction must be called off; `isLoss` when the partitions are another member's.
        case abort(String, isLoss: Bool)
    }

    /// Writes `messages` by topic in one transaction, together with the places that `places` sends.
    ///
    /// - Returns: false when the places are no longer the consumer's; nothing was written then.
    /// - Throws: `unavailable` when it was called off and may be tried again, `refused`, `CancellationError`.
    func transact(
        _ messages: [(topic: String, messages: [StreamMessage])],
        _ places: @Sendable (CRdKafkaHandle, KafkaLibrary, Int32) throws -> SentPlaces
    ) throws -> Bool {
        let (library, handle) = (client.library, client.handle)
        if !isTransactional {
            _ = try step { library.producer.init_transactions(handle, Self.limitMs) }
            isTransactional = true
        }
        if case .abort(let reason, _) = try step({ library.producer.begin_transaction(handle) }) {
            throw StreamError(.refused, "Kafka: \(reason)")
        }
        do {
            for (topic, messages) in messages {
                let refused = try write(messages, to: topic, once: true)
                if let reason = refused.values.first { throw StreamError(.refused, "Kafka: a reply: \(reason)") }
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
            guard case .abort(let reason, let isLoss) = ending else { return true }
            guard isLoss else { throw StreamError(.unavailable, "Kafka: the transaction was called off: \(reason)") }
            try abort()
            return false
        } catch let error as StreamError where error.code == .unavailable {
            try abort()
            throw error
        }
    }

    private func abort() throws {
        _ = try step { client.library.producer.abort_transaction(client.handle, Self.limitMs) }
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
