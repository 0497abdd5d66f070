import CRdKafka
import NativeLibraries

/// The functions of librdkafka, found by name in the library that the catalog opens.
// Addresses of code that stays loaded until the process ends; the library lets any thread call any of them.
struct KafkaLibrary: @unchecked Sendable {
    let client: CRdKafkaClientFunctions
    let consumer: CRdKafkaConsumerFunctions
    let producer: CRdKafkaProducerFunctions

    /// - Throws: `libraryUnavailable` with what is missing and the command that gets it.
    init(_ catalog: NativeLibraryCatalog) throws(StreamError) {
        do {
            let library = try catalog.open(.rdKafka)
            client = try Self.clientFunctions(Symbols(library: library))
            consumer = try Self.consumerFunctions(Symbols(library: library))
            producer = try Self.producerFunctions(Symbols(library: library))
        } catch {
            throw StreamError(.libraryUnavailable, error.description)
        }
    }

    /// The library's names, which all begin alike.
    private struct Symbols {
        let library: NativeLibrary

        func find<Function>(_ name: String) throws(NativeLibraryError) -> Function {
            try library.symbol("rd_kafka_" + name, as: Function.self)
        }
    }

    private static func clientFunctions(_ symbols: Symbols) throws(NativeLibraryError)
        -> CRdKafkaClientFunctions
    {
        try CRdKafkaClientFunctions(
            conf_new: symbols.find("conf_new"),
            conf_destroy: symbols.find("conf_destroy"),
            conf_set: symbols.find("conf_set"),
            conf_set_opaque: symbols.find("conf_set_opaque"),
            conf_set_rebalance_cb: symbols.find("conf_set_rebalance_cb"),
            conf_set_error_cb: symbols.find("conf_set_error_cb"),
            conf_set_log_cb: symbols.find("conf_set_log_cb"),
            conf_set_events: symbols.find("conf_set_events"),
            make: symbols.find("new"),
            destroy: symbols.find("destroy"),
            err2str: symbols.find("err2str"),
            fatal_error: symbols.find("fatal_error"),
            error_destroy: symbols.find("error_destroy"),
            error_code: symbols.find("error_code"),
            error_string: symbols.find("error_string"),
            error_is_fatal: symbols.find("error_is_fatal"),
            error_is_retriable: symbols.find("error_is_retriable"),
            error_txn_requires_abort: symbols.find("error_txn_requires_abort")
        )
    }

    private static func consumerFunctions(_ symbols: Symbols) throws(NativeLibraryError)
        -> CRdKafkaConsumerFunctions
    {
        try CRdKafkaConsumerFunctions(
            poll_set_consumer: symbols.find("poll_set_consumer"),
            subscribe: symbols.find("subscribe"),
            consumer_poll: symbols.find("consumer_poll"),
            consumer_close: symbols.find("consumer_close"),
            message_destroy: symbols.find("message_destroy"),
            message_timestamp: symbols.find("message_timestamp"),
            message_headers: symbols.find("message_headers"),
            header_get_all: symbols.find("header_get_all"),
            assign: symbols.find("assign"),
            commit: symbols.find("commit"),
            committed: symbols.find("committed"),
            get_watermark_offsets: symbols.find("get_watermark_offsets"),
            query_watermark_offsets: symbols.find("query_watermark_offsets"),
            pause_partitions: symbols.find("pause_partitions"),
            resume_partitions: symbols.find("resume_partitions"),
            partitions_new: symbols.find("topic_partition_list_new"),
            partitions_add: symbols.find("topic_partition_list_add"),
            partitions_destroy: symbols.find("topic_partition_list_destroy"),
            group_metadata: symbols.find("consumer_group_metadata"),
            group_metadata_destroy: symbols.find("consumer_group_metadata_destroy")
        )
    }

    private static func producerFunctions(_ symbols: Symbols) throws(NativeLibraryError)
        -> CRdKafkaProducerFunctions
    {
        try CRdKafkaProducerFunctions(
            produceva: symbols.find("produceva"),
            purge: symbols.find("purge"),
            queue_get_main: symbols.find("queue_get_main"),
            queue_destroy: symbols.find("queue_destroy"),
            queue_poll: symbols.find("queue_poll"),
            event_type: symbols.find("event_type"),
            event_error: symbols.find("event_error"),
            event_error_string: symbols.find("event_error_string"),
            event_message_next: symbols.find("event_message_next"),
            event_destroy: symbols.find("event_destroy"),
            headers_new: symbols.find("headers_new"),
            header_add: symbols.find("header_add"),
            headers_destroy: symbols.find("headers_destroy"),
            init_transactions: symbols.find("init_transactions"),
            begin_transaction: symbols.find("begin_transaction"),
            send_offsets_to_transaction: symbols.find("send_offsets_to_transaction"),
            commit_transaction: symbols.find("commit_transaction"),
            abort_transaction: symbols.find("abort_transaction")
        )
    }

    /// What the library says of an error's number.
    func text(_ error: Int32) -> String { client.err2str(error).map { String(cString: $0) } ?? "error \(error)" }
}
