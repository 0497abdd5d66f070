import CRdKafka
import Glibc
import NativeLibraries

/// Writes messages to topics and waits for the broker's word on each.
actor KafkaProducer {
    private static let pollMs: Int32 = 100
    /// So many polls without a report end the wait for why a transaction has failed.
    private static let silentPollsMax = 10
    private static let roundPauseMicroseconds: UInt32 = 200_000

    let client: KafkaClient
    private let events: CRdKafkaQueue
    private let shown: String
    private let trouble: StreamTrouble
    /// Its waits block.
    private let queue = EngineQueue(label: "martlet.kafka.out")
    /// Tells reports of messages that are no longer waited for from the others.
    private var round = 0
    private var isClosed = false
    /// Whether it has made itself known as the only one with its transactional id.
    var isTransactional = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// A producer at the servers of `address`.
    ///
    /// - Throws: `refused` when the library does not take the settings.
    init(_ address: StreamAddress, _ library: KafkaLibrary, _ trouble: StreamTrouble) throws(StreamError) {
        let silent = KafkaCallbacks(onRebalance: { _, _, _ in }, onFailure: { _, _ in })
        client = try KafkaClient(Int(CRdKafkaProducer), .producer(address), library, silent)
        guard let events = library.producer.queue_get_main(client.handle) else {
            preconditionFailure("every client has a queue")
        }
        self.events = events
        shown = address.shown
        self.trouble = trouble
    }

    /// What a round of writing has come to.
    struct Round {
        /// Those that were taken.
        var taken: Set<Int> = []
        /// Why some will never be taken.
        var refused: [Int: String] = [:]
        /// Those of batches that will never be taken, of which one message is enough to be at fault, and why.
        var suspects: [Int: String] = [:]
        /// Why others were not taken yet.
        var passing: String?
    }

    /// Writes `messages` to `topic`, and waits until all in-sync replicas have each.
    ///
    /// - Returns: why some will never be taken, by their index.
    /// - Throws: `refused`; `CancellationError`.
    func write(_ messages: [StreamMessage], to topic: String) throws -> [Int: String] {
        var refused: [Int: String] = [:]
        var open = Set(messages.indices)
        var suspects: Set<Int> = []
        // Kafka refuses by the batch: what was refused in company is asked for again by itself, when all else is written.
        while let indices = open.isEmpty ? suspects.min().map({ [$0] }) : open.sorted() {
            let round = try write(indices, of: messages, to: topic, inTransaction: false)
            let told = round.taken.union(round.refused.keys)
            open.subtract(told.union(round.suspects.keys))
            suspects = suspects.union(round.suspects.keys).subtracting(told)
            refused.merge(round.refused) { _, last in last }
            guard let reason = round.passing else { continue }
            trouble.note("\(shown): \(reason)")
            try Task.checkCancellation()
            usleep(Self.roundPauseMicroseconds)
        }
        return refused
    }

    /// Writes those of `messages` that `groups` name to `topic` as a part of the transaction that has begun, a group after
    /// the other, up to the first of which not all are taken, or to the end of `time`.
    ///
    /// - Returns: how it has ended; others were not waited for then, and those for which the time was too short are
    ///   suspects still.
    /// - Throws: `refused`; `CancellationError`; `unavailable` for what may be tried again from the start.
    func writeInTransaction(
        _ messages: [StreamMessage],
        _ groups: [[Int]],
        to topic: String,
        until time: ContinuousClock.Instant
    ) throws -> Round {
        for (place, indices) in groups.enumerated() where !indices.isEmpty {
            guard place == 0 || .now < time else {
                let words = "one of its batch was refused, and there was no time to learn which"
                return Round(suspects: Dictionary(uniqueKeysWithValues: groups[place...].joined().map { ($0, words) }))
            }
            let round = try write(indices, of: messages, to: topic, inTransaction: true)
            guard round.refused.isEmpty, round.suspects.isEmpty else { return round }
            guard let reason = round.passing else { continue }
            trouble.note("\(shown): \(reason)")
            throw StreamError(.unavailable, "\(shown): \(reason)")
        }
        return Round()
    }

    /// Hands over those of `messages` that `indices` name, once, and waits for the word on each.
    private func write(_ indices: [Int], of messages: [StreamMessage], to topic: String, inTransaction: Bool) throws
        -> Round
    {
        var result = Round()
        // 31 bits: with one more a tag would be negative, and no report would ever be known again.
        round = (round + 1) & 0x7FFF_FFFF
        var waiting: Set<Int> = []
        for index in indices {
            guard let error = Self.produce(messages[index], round << 32 | (index + 1), topic, client) else {
                waiting.insert(index)
                continue
            }
            // The transaction has failed meanwhile; the report of one that was taken says why.
            if inTransaction, error == CRdKafkaErrorState.code, !waiting.isEmpty { break }
            try note(error, of: index, isAlone: true, in: &result)
        }
        let isAlone = waiting.count == 1
        var silentPolls = 0
        while !waiting.isEmpty {
            try Task.checkCancellation()
            let found = try reports()
            for (index, error) in found where waiting.remove(index) != nil {
                if error == 0 {
                    result.taken.insert(index)
                } else {
                    try note(error, of: index, isAlone: isAlone, in: &result)
                }
            }
            // A transaction of which a part has failed sends no more: others would be waited for in vain. Those that it
            // throws away for that may be told of before the one that is the reason.
            let isKnown = !result.refused.isEmpty || !result.suspects.isEmpty
            guard inTransaction, isKnown || result.passing != nil else { continue }
            silentPolls = found.isEmpty ? silentPolls + 1 : 0
            if silentPolls >= (isKnown ? 1 : Self.silentPollsMax) { break }
        }
        return result
    }

    /// Tells of what passes.
    func note(_ words: String) { trouble.note(words) }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        // Nobody waits for what is in its queues.
        _ = client.library.producer.purge(client.handle, 3)
        client.library.producer.queue_destroy(events)
        client.destroy()
    }

    /// Notes in `round` why the message `index`, which stood in a batch by itself if it `isAlone`, was not taken.
    ///
    /// - Throws: `refused` for what no message can be written after.
    private func note(_ error: Int32, of index: Int, isAlone: Bool, in round: inout Round) throws {
        let words = client.library.text(error)
        if KafkaFailure.isRefusal(error) {
            if isAlone { round.refused[index] = words } else { round.suspects[index] = words }
            return
        }
        guard !KafkaFailure.isLasting(error), error != CRdKafkaErrorState.code else {
            throw StreamError(.refused, "\(shown): \(client.fatalError ?? words)")
        }
        round.passing = words
    }

    /// Hands a message to the library, which copies it and reports it by `tag`; nil when it was taken, else the error.
    private static func produce(_ message: StreamMessage, _ tag: Int, _ topic: String, _ client: KafkaClient) -> Int32?
    {
        let producer = client.library.producer
        let headers = producer.headers_new(message.fields.count + 1)
        if let headers {
            for field in [StreamMessage.Field("id", message.id)] + message.fields {
                _ = producer.header_add(headers, field.name, -1, field.value, field.value.utf8.count)
            }
        }
        let error = topic.withCString { topic in
            message.value.withUnsafeBytes { value in
                (message.key ?? []).withUnsafeBytes { key in
                    var arguments = arguments(topic, value, UnsafeMutableRawPointer(bitPattern: tag))
                    if message.key != nil { arguments.append(memory(CRdKafkaArgumentKey, key)) }
                    var last = CRdKafkaArgument()
                    last.kind = CRdKafkaArgumentHeaders.code
                    last.value.headers = headers
                    if headers != nil { arguments.append(last) }
                    return producer.produceva(client.handle, arguments, arguments.count)
                }
            }
        }
        guard let error else { return nil }
        defer { client.library.client.error_destroy(error) }
        if let headers { producer.headers_destroy(headers) }
        return client.library.client.error_code(error)
    }

    private static func arguments(
        _ topic: UnsafePointer<CChar>,
        _ value: UnsafeRawBufferPointer,
        _ tag: UnsafeMutableRawPointer?
    ) -> [CRdKafkaArgument] {
        var (name, flags, opaque) = (CRdKafkaArgument(), CRdKafkaArgument(), CRdKafkaArgument())
        name.kind = CRdKafkaArgumentTopic.code
        name.value.text = topic
        flags.kind = CRdKafkaArgumentFlags.code
        flags.value.number = CRdKafkaFlagCopy.code
        opaque.kind = CRdKafkaArgumentOpaque.code
        opaque.value.pointer = tag
        return [name, flags, opaque, memory(CRdKafkaArgumentValue, value)]
    }

    private static func memory(_ kind: some FixedWidthInteger, _ bytes: UnsafeRawBufferPointer) -> CRdKafkaArgument {
        var argument = CRdKafkaArgument()
        argument.kind = kind.code
        argument.value.memory.bytes = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        argument.value.memory.length = bytes.count
        return argument
    }

    /// What has become of messages of this round, as index and error; waits a moment when there is nothing to tell.
    func reports() throws -> [(index: Int, error: Int32)] {
        let producer = client.library.producer
        guard let event = producer.queue_poll(events, Self.pollMs) else { return [] }
        defer { producer.event_destroy(event) }
        guard producer.event_type(event) == CRdKafkaEventDelivery.code else {
            let error = producer.event_error(event)
            if error == CRdKafkaErrorFatal.code || error == CRdKafkaErrorAuthentication.code {
                throw StreamError(.refused, "\(shown): \(client.fatalError ?? client.library.text(error))")
            }
            if error != 0 { trouble.note("\(shown): \(client.library.text(error))") }
            return []
        }
        var found: [(Int, Int32)] = []
        while let message = producer.event_message_next(event) {
            let tag = Int(bitPattern: message.pointee.opaque)
            if tag >> 32 == round { found.append((tag & 0xFFFF_FFFF - 1, message.pointee.err)) }
        }
        return found
    }
}

/// A topic of Kafka's that is written.
struct KafkaSink: EventSink {
    private let topic: String
    private let producer: KafkaProducer

    init(topic: String, _ producer: KafkaProducer) {
        self.topic = topic
        self.producer = producer
    }

    func write(_ messages: [StreamMessage]) async throws -> [Int: String] {
        try await producer.write(messages, to: topic)
    }

    /// The broker knows by itself what this producer has sent twice.
    func settled(_ messages: [StreamMessage]) async {}

    func close() async { await producer.close() }
}
