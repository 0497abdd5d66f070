import CRdKafka

/// A client of Kafka's, of either kind. Whoever made it calls ``destroy()`` once, after the last call.
// The handle is never changed, and librdkafka lets any thread use it; the callbacks' object is only handed back.
final class KafkaClient: @unchecked Sendable {
    let library: KafkaLibrary
    let handle: CRdKafkaHandle
    private let callbacks: Unmanaged<KafkaCallbacks>

    /// A client with `properties`, which tells `callbacks` what it has to tell; of a producer events take their place.
    ///
    /// - Throws: `refused` with the library's words.
    init(_ kind: Int, _ properties: KafkaProperties, _ library: KafkaLibrary, _ callbacks: KafkaCallbacks)
        throws(StreamError)
    {
        self.library = library
        var text = [CChar](repeating: 0, count: 512)
        guard let configuration = library.client.conf_new() else {
            throw StreamError(.refused, "librdkafka has no memory.")
        }
        for (name, value) in properties.values.sorted(by: { $0.key < $1.key })
        where library.client.conf_set(configuration, name, value, &text, text.count) != Int32(CRdKafkaConfigurationOK) {
            library.client.conf_destroy(configuration)
            // Its words may have the value in them, and that may be a password.
            throw StreamError(
                .refused,
                name.hasPrefix("sasl.") ? "Kafka: \(name) can't be set." : "Kafka: \(name): \(String(writtenTo: text))"
            )
        }
        let held = Unmanaged.passRetained(callbacks)
        library.client.conf_set_opaque(configuration, held.toOpaque())
        // What matters comes as an error; the rest would go to standard error.
        library.client.conf_set_log_cb(configuration, nil)
        if kind == CRdKafkaProducer {
            library.client.conf_set_events(configuration, Int32(CRdKafkaEventDelivery | CRdKafkaEventError))
        } else {
            library.client.conf_set_error_cb(configuration) { _, error, reason, opaque in
                let words = reason.map { String(cString: $0) } ?? "error \(error)"
                KafkaCallbacks.of(opaque)?.onFailure(error, words)
            }
            library.client.conf_set_rebalance_cb(configuration) { handle, error, partitions, opaque in
                KafkaCallbacks.of(opaque)?.onRebalance(handle, error, partitions)
            }
        }
        guard let handle = library.client.make(Int32(kind), configuration, &text, text.count) else {
            library.client.conf_destroy(configuration)
            held.release()
            throw StreamError(.refused, "Kafka: \(String(writtenTo: text))")
        }
        self.handle = handle
        self.callbacks = held
    }

    /// Ends the client; waits for its threads.
    func destroy() {
        library.client.destroy(handle)
        callbacks.release()
    }

    /// The error that ended the client for good; nil while there was none.
    var fatalError: String? {
        var text = [CChar](repeating: 0, count: 512)
        guard library.client.fatal_error(handle, &text, text.count) != 0 else { return nil }
        return String(writtenTo: text)
    }

    /// Calls `body` with a list of these partitions of `topic` and their offsets, which lives as long as the call.
    func withPartitions<Value>(
        _ topic: String,
        _ offsets: [Int32: Int64],
        _ body: (UnsafeMutablePointer<CRdKafkaPartitions>) throws -> Value
    ) rethrows -> Value {
        guard let list = library.consumer.partitions_new(Int32(offsets.count)) else {
            preconditionFailure("librdkafka's allocation aborts by itself")
        }
        defer { library.consumer.partitions_destroy(list) }
        for (partition, offset) in offsets {
            library.consumer.partitions_add(list, topic, partition)?.pointee.offset = offset
        }
        return try body(list)
    }
}

/// What a consumer tells on the thread that polls it.
final class KafkaCallbacks: Sendable {
    fileprivate let onRebalance: @Sendable (CRdKafkaHandle, Int32, UnsafeMutablePointer<CRdKafkaPartitions>) -> Void
    fileprivate let onFailure: @Sendable (Int32, String) -> Void

    init(
        onRebalance: @escaping @Sendable (CRdKafkaHandle, Int32, UnsafeMutablePointer<CRdKafkaPartitions>) -> Void,
        onFailure: @escaping @Sendable (Int32, String) -> Void
    ) {
        self.onRebalance = onRebalance
        self.onFailure = onFailure
    }

    /// Those that a client was made with.
    fileprivate static func of(_ opaque: UnsafeMutableRawPointer?) -> KafkaCallbacks? {
        opaque.map { Unmanaged<KafkaCallbacks>.fromOpaque($0).takeUnretainedValue() }
    }
}
