import CRdKafka
import Dispatch
import Glibc

/// A topic of Kafka's that is read as a member of a group.
///
/// One thread polls, always: it keeps the member in its group, puts events into the intake, and pauses the partitions when
/// that is full. Another one commits. Partitions that are taken away are given up when what is in hand is committed.
final class KafkaSource: EventSource {
    private static let pollMs: Int32 = 50

    private let topic: String
    private let client: KafkaClient
    private let intake: KafkaIntake
    private let trouble: StreamTrouble
    private let poller = DispatchQueue(label: "martlet.kafka.in")
    private let committer = DispatchQueue(label: "martlet.kafka.commit")

    /// A member of the group that `address` names; it joins now, in the background.
    ///
    /// - Throws: `refused` when the library does not take the settings.
    init(_ address: StreamAddress, _ library: KafkaLibrary, _ trouble: StreamTrouble) throws(StreamError) {
        let intake = KafkaIntake()
        let shown = address.shown
        let rebalance = KafkaRebalance(
            library: library,
            intake: intake,
            topic: address.name,
            startsAtEnd: address[option: "start"] == "latest"
        )
        let callbacks = KafkaCallbacks(
            onRebalance: { handle, error, partitions in
                if error == CRdKafkaErrorAssignPartitions.code {
                    rebalance.assign(partitions, to: handle)
                } else {
                    rebalance.revoke(partitions, from: handle)
                }
            },
            onFailure: { error, reason in
                Self.failed(error, reason, at: shown, library, intake, trouble)
            }
        )
        topic = address.name
        self.intake = intake
        self.trouble = trouble
        client = try KafkaClient(Int(CRdKafkaConsumer), .consumer(address), library, callbacks)
        _ = library.consumer.poll_set_consumer(client.handle)
        let error = client.withPartitions(topic, [-1: 0]) { library.consumer.subscribe(client.handle, $0) }
        guard error == 0 else {
            client.destroy()
            throw StreamError(.refused, "\(address.shown): \(library.text(error)).")
        }
        poller.async { [client, topic] in Self.poll(client, topic, intake, shown, trouble) }
    }

    func next(_ limit: Int) async throws -> [StreamEvent] { try await intake.next(limit) }

    func commit(_ events: [StreamEvent]) async throws -> Bool {
        let places = Self.places(after: events)
        return try await onCommitter { [client, topic, intake] in
            guard intake.isOwn else {
                intake.settle([:])
                return false
            }
            let error = client.withPartitions(topic, places) {
                client.library.consumer.commit(client.handle, $0, 0)
            }
            if error == 0 || error == CRdKafkaErrorNoOffset.code {
                intake.settle(places)
                return true
            }
            if KafkaFailure.isLoss(error) {
                intake.settle([:])
                return false
            }
            if let fatal = client.fatalError { throw StreamError(.refused, "Kafka: \(fatal)") }
            throw StreamError(.unavailable, "Kafka does not take the commit: \(client.library.text(error)).")
        }
    }

    func lag() async throws -> [StreamLag] {
        try await onCommitter { [client, topic, intake] in
            let unknown = intake.committed.filter { $0.value == nil }.keys
            if !unknown.isEmpty { Self.learn(Array(unknown), client, topic, intake) }
            return intake.committed.sorted { $0.key < $1.key }.map { partition, committed in
                var (low, high): (Int64, Int64) = (-1, -1)
                _ = client.library.consumer.get_watermark_offsets(client.handle, topic, partition, &low, &high)
                let left = committed.flatMap { high >= 0 ? max(0, high - max(low, $0)) : nil }
                return StreamLag(part: "\(topic)/\(partition)", events: left)
            }
        }
    }

    func close() async {
        intake.stop()
        await withCheckedContinuation { continuation in poller.async { continuation.resume() } }
        await withCheckedContinuation { continuation in
            committer.async { [client] in
                client.destroy()
                continuation.resume()
            }
        }
    }

    /// For each partition of `events` the place behind the last one.
    static func places(after events: [StreamEvent]) -> [Int32: Int64] {
        var places: [Int32: Int64] = [:]
        for event in events {
            guard case .kafka(_, let partition, let offset) = event.place else { continue }
            places[partition] = max(places[partition] ?? 0, offset + 1)
        }
        return places
    }

    /// Sends the places behind `events` along with a transaction, by `send`, which is given the group and the places.
    func sendPlaces(
        after events: [StreamEvent],
        _ send: (CRdKafkaGroup, UnsafeMutablePointer<CRdKafkaPartitions>) -> CRdKafkaError?
    ) -> SentPlaces {
        guard intake.isOwn, let group = client.library.consumer.group_metadata(client.handle) else { return .lost }
        defer { client.library.consumer.group_metadata_destroy(group) }
        return .sent(client.withPartitions(topic, Self.places(after: events)) { send(group, $0) })
    }

    /// Notes that a transaction has committed `events`, or that they are lost.
    func settle(_ events: [StreamEvent], isCommitted: Bool) {
        intake.settle(isCommitted ? Self.places(after: events) : [:])
    }

    private func onCommitter<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            committer.async { continuation.resume(with: Result(catching: body)) }
        }
    }

    /// Asks where the group has been in these partitions.
    private static func learn(_ partitions: [Int32], _ client: KafkaClient, _ topic: String, _ intake: KafkaIntake) {
        let wanted = Dictionary(uniqueKeysWithValues: partitions.map { ($0, Int64(0)) })
        client.withPartitions(topic, wanted) { list in
            guard client.library.consumer.committed(client.handle, list, 2_000) == 0 else { return }
            for index in 0..<Int(list.pointee.count) {
                guard let found = list.pointee.elements?[index], found.err == 0 else { continue }
                // Below zero nothing was committed yet; all of the partition is left then.
                intake.learn(found.partition, committed: max(0, found.offset))
            }
        }
    }
}

// MARK: The thread that polls

extension KafkaSource {
    private static let burst = 1_000

    private static func poll(
        _ client: KafkaClient,
        _ topic: String,
        _ intake: KafkaIntake,
        _ shown: String,
        _ trouble: StreamTrouble
    ) {
        let consumer = client.library.consumer
        while !intake.isStopped {
            var wait = pollMs
            for _ in 0..<burst {
                guard let message = consumer.consumer_poll(client.handle, wait) else { break }
                wait = 0
                take(message, client.library, topic, shown, intake, trouble)
                consumer.message_destroy(message)
                if !intake.hasRoom { break }
            }
            if !intake.isPaused, !intake.hasRoom {
                intake.pause(steer(client, topic, intake, consumer.pause_partitions))
            } else if intake.isPaused, intake.isHalfEmpty {
                intake.pause(!steer(client, topic, intake, consumer.resume_partitions))
            }
            intake.wake()
        }
        intake.wake()
        _ = consumer.consumer_close(client.handle)
    }

    /// Pauses or resumes all partitions.
    private static func steer(
        _ client: KafkaClient,
        _ topic: String,
        _ intake: KafkaIntake,
        _ deed: (CRdKafkaHandle, UnsafeMutablePointer<CRdKafkaPartitions>) -> Int32
    ) -> Bool {
        let partitions = intake.committed.mapValues { _ in Int64(0) }
        return client.withPartitions(topic, partitions) { deed(client.handle, $0) } == 0
    }

    private static func take(
        _ message: UnsafeMutablePointer<CRdKafkaMessage>,
        _ library: KafkaLibrary,
        _ topic: String,
        _ shown: String,
        _ intake: KafkaIntake,
        _ trouble: StreamTrouble
    ) {
        let found = message.pointee
        guard found.err == 0 else {
            return failed(found.err, library.text(found.err), at: shown, library, intake, trouble)
        }
        var kind: Int32 = 0
        let time = library.consumer.message_timestamp(message, &kind)
        intake.put(
            StreamEvent(
                place: .kafka(topic: topic, partition: found.partition, offset: found.offset),
                key: found.key.map { Array(UnsafeRawBufferPointer(start: $0, count: found.key_length)) },
                value: Array(
                    UnsafeRawBufferPointer(start: found.payload, count: found.payload == nil ? 0 : found.length)
                ),
                id: id(of: message, library),
                writtenAtMs: kind == 0 || time <= 0 ? nil : time,
                fault: found.payload == nil ? "The message has no value" : nil
            )
        )
    }

    /// The header `id`; nil without one that is a text.
    private static func id(of message: UnsafeMutablePointer<CRdKafkaMessage>, _ library: KafkaLibrary) -> String? {
        var headers: CRdKafkaHeaders?
        guard library.consumer.message_headers(message, &headers) == 0, let headers else { return nil }
        var index = 0
        var (name, value): (UnsafePointer<CChar>?, UnsafeRawPointer?) = (nil, nil)
        var length = 0
        while library.consumer.header_get_all(headers, index, &name, &value, &length) == 0 {
            index += 1
            guard let name, let value, strcmp(name, "id") == 0 else { continue }
            return StreamEvent.id(UnsafeRawBufferPointer(start: value, count: length))
        }
        return nil
    }

    /// Tells of a failure; most pass by themselves.
    private static func failed(
        _ error: Int32,
        _ reason: String,
        at shown: String,
        _ library: KafkaLibrary,
        _ intake: KafkaIntake,
        _ trouble: StreamTrouble
    ) {
        let words = "\(shown): \(library.text(error)) (\(reason))"
        if KafkaFailure.isLasting(error) {
            intake.fail(StreamError(.refused, words))
        } else {
            trouble.note(words)
        }
    }
}
