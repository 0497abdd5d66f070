package import NativeLibraries

/// Opens streams by their addresses. Libraries are loaded here, at the first use.
package struct EventStreams: Sendable {
    private let libraries: NativeLibraryCatalog
    private let trouble: StreamTrouble

    /// Streams that are spoken to with `libraries`, and whose troubles `trouble` tells.
    package init(libraries: NativeLibraryCatalog, trouble: StreamTrouble) {
        self.libraries = libraries
        self.trouble = trouble
    }

    /// What comes in and goes out, and how it belongs together.
    package struct Ends: Sendable {
        /// What is read.
        package let source: any EventSource
        /// Where replies go.
        package let sink: any EventSink
        /// Where that goes which can't be answered.
        package let deadLetters: any EventSink
        /// Writes replies, dead letters and the place in the input all at once or not at all; nil where nothing can.
        package let transaction: (any EventTransaction)?

        /// Streams that belong together.
        package init(
            source: any EventSource,
            sink: any EventSink,
            deadLetters: any EventSink,
            transaction: (any EventTransaction)?
        ) {
            self.source = source
            self.sink = sink
            self.deadLetters = deadLetters
            self.transaction = transaction
        }

        /// Closes all of them.
        package func close() async {
            await source.close()
            await sink.close()
            await deadLetters.close()
        }
    }

    /// The streams at these addresses.
    ///
    /// - Throws: ``StreamError`` when a library is missing, or the addresses don't go together.
    package func open(
        from input: StreamAddress,
        to output: StreamAddress,
        deadLetters: StreamAddress
    ) throws(StreamError) -> Ends {
        if let identity = output[option: "transactional_id"] {
            return try transactional(identity, from: input, to: output, deadLetters: deadLetters)
        }
        return Ends(
            source: try source(input),
            sink: try sink(output),
            deadLetters: try sink(deadLetters),
            transaction: nil
        )
    }

    private func source(_ address: StreamAddress) throws(StreamError) -> any EventSource {
        switch address.system {
        case .kafka: try KafkaSource(address, try KafkaLibrary(libraries), trouble)
        case .redis: RedisSource(address, try RedisLibrary.load(from: libraries))
        }
    }

    private func sink(_ address: StreamAddress) throws(StreamError) -> any EventSink {
        switch address.system {
        case .kafka:
            KafkaSink(topic: address.name, try KafkaProducer(address, try KafkaLibrary(libraries), trouble))
        case .redis: RedisSink(address, try RedisLibrary.load(from: libraries))
        }
    }

    private func transactional(
        _ identity: String,
        from input: StreamAddress,
        to output: StreamAddress,
        deadLetters: StreamAddress
    ) throws(StreamError) -> Ends {
        guard [input, output, deadLetters].allSatisfy({ $0.system == .kafka && $0.servers == output.servers }) else {
            throw StreamError(
                .refused,
                "With transactional_id the input, the output and the dead letters are topics of the same Kafka servers."
            )
        }
        let library = try KafkaLibrary(libraries)
        let source = try KafkaSource(input, library, trouble)
        let producer = try KafkaProducer(output, library, trouble)
        return Ends(
            source: source,
            sink: KafkaSink(topic: output.name, producer),
            deadLetters: KafkaSink(topic: deadLetters.name, producer),
            transaction: KafkaTransaction(
                source: source,
                producer: producer,
                topic: output.name,
                deadLetterTopic: deadLetters.name
            )
        )
    }
}

/// Replies, dead letters and the place in the input, written all at once or not at all.
package protocol EventTransaction: Sendable {
    /// Writes `replies` and `deadLetters` and commits `events`.
    ///
    /// - Throws: ``StreamError``; after one that is `unavailable` nothing was written, and the same again may succeed.
    func settle(_ events: [StreamEvent], replies: [StreamMessage], deadLetters: [StreamMessage]) async throws
        -> TransactionOutcome
}

/// What a transaction has come to.
package enum TransactionOutcome: Hashable, Sendable {
    case committed
    /// The events are no longer this consumer's; nothing was written.
    case lost
    /// Some replies will never be taken, by their index and why; nothing was written.
    case refused([Int: String])
}
