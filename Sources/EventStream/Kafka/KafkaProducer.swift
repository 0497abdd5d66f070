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

    /// Writes `messages` to `topic`, and waits until all in-sync replicas have each.
    ///
    /// - Returns: why some will never be taken, by their index; with `once` others were not waited for then.
    /// - Throws: `refused`; `CancellationError`; with `once` also `unavailable`, for what may be tried again from the start.
    func write(_ messages: [StreamMessage], to topic: String, once: Bool = false) throws -> [Int: String] {
        var refused: [Int: String] = [:]
        var open = Set(messages.indices)
        while !open.isEmpty {
            // 31 bits: with one more a tag would be negative, and no report would ever be known again.
            round = (round + 1) & 0x7FFF_FFFF
            var waiting: Set<Int> = []
            var reason: String?
            for index in open.sorted() {
                guard let error = Self.produce(messages[index], round << 32 | (index + 1), topic, client) else {
                    waiting.insert(index)
                    continue
                }
                // The transaction has failed meanwhile; the report of one that was taken says why.
                if once, error == CRdKafkaErrorState.code, !waiting.isEmpty { break }
                reason = try sort(error, index, &open, &refused)
            }
            var silentPolls = 0
            while !waiting.isEmpty {
                try Task.checkCancellation()
                let found = try reports()
                for (index, error) in found where waiting.remove(index) != nil {
                    if error == 0 {
                        open.remove(index)
                    } else {
                        reason = try sort(error, index, &open, &refused)
                    }
                }
                // A transaction of which a part has failed sends no more: others would be waited for in vain. Those that
                // it throws away for that may be told of before the one that is the reason.
                guard once, reason != nil else { continue }
                silentPolls = found.isEmpty ? silentPolls + 1 : 0
                if silentPolls >= (refused.isEmpty ? Self.silentPollsMax : 1) { break }
            }
            if once, !refused.isEmpty { return refused }
            guard let reason, !open.isEmpty else { continue }
            trouble.note("\(shown): \(reason)")
            if once { throw StreamError(.unavailable, "\(shown): \(reason)") }
            try Task.checkCancellation()
            usleep(Self.roundPauseMicroseconds)
        }
        return refused
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

    /// What is to become of a message that was not taken: never again, or once more for the reason that is given back.
    private func sort(_ error: Int32, _ index: Int, _ open: inout Set<Int>, _ refused: inout [Int: String]) throws
        -> String
    {
        let words = client.library.text(error)
        if KafkaFailure.isRefusal(error) {
            open.remove(index)
            refused[index] = words
            return words
        }
        guard !KafkaFailure.isLasting(error), error != CRdKafkaErrorState.code else {
            throw StreamError(.refused, "\(shown): \(client.fatalError ?? words)")
        }
        return words
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
