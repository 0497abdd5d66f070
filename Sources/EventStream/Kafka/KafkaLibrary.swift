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
            client = try Self.clientFunctions(of: library)
            consumer = try Self.consumerFunctions(of: library)
            producer = try Self.producerFunctions(of: library)
        } catch {
            throw StreamError(.libraryUnavailable, error.description)
        }
    }

    private static func clientFunctions(of library: NativeLibrary) throws(NativeLibraryError)
        -> CRdKafkaClientFunctions
    {
        func find<Function>(_ name: String) throws(NativeLibraryError) -> Function {
            try library.symbol("rd_kafka_" + name, as: Function.self)
        }
        return try CRdKafkaClientFunctions(
            conf_new: find("conf_new"),
            conf_destroy: find("conf_destroy"),
            conf_set: find("conf_set"),
            conf_set_opaque: find("conf_set_opaque"),
            conf_set_rebalance_cb: find("conf_set_rebalance_cb"),
            conf_set_error_cb: find("conf_set_error_cb"),
            conf_set_log_cb: find("conf_set_log_cb"),
            conf_set_events: find("conf_set_events"),
            make: find("new"),
            destroy: find("destroy"),
            err2str: find("err2str"),
            fatal_error: find("fatal_error"),
            error_destroy: find("error_destroy"),
            error_code: find("error_code"),
            error_string: find("error_string"),
            error_is_fatal: find("error_is_fatal"),
            error_is_retriable: find("error_is_retriable"),
            error_txn_requires_abort: find("error_txn_requires_abort")
        )
    }

    private static func consumerFunctions(of library: NativeLibrary) throws(NativeLibraryError)
        -> CRdKafkaConsumerFunctions
    {
        func find<Function>(_ name: String) throws(NativeLibraryError) -> Function {
            try library.symbol("rd_kafka_" + name, as: Function.self)
        }
        return try CRdKafkaConsumerFunctions(
            poll_set_consumer: find("poll_set_consumer"),
            subscribe: find("subscribe"),
            consumer_poll: find("consumer_poll"),
            consumer_close: find("consumer_close"),
            message_destroy: find("message_destroy"),
            message_timestamp: find("message_timestamp"),
            message_headers: find("message_headers"),
            header_get_all: find("header_get_all"),
            assign: find("assign"),
            commit: find("commit"),
            committed: find("committed"),
            get_watermark_offsets: find("get_watermark_offsets"),
            pause_partitions: find("pause_partitions"),
            resume_partitions: find("resume_partitions"),
            partitions_new: find("topic_partition_list_new"),
            partitions_add: find("topic_partition_list_add"),
            partitions_destroy: find("topic_partition_list_destroy"),
            group_metadata: find("consumer_group_metadata"),
            group_metadata_destroy: find("consumer_group_metadata_destroy")
        )
    }

    private static func producerFunctions(of library: NativeLibrary) throws(NativeLibraryError)
        -> CRdKafkaProducerFunctions
    {
        func find<Function>(_ name: String) throws(NativeLibraryError) -> Function {
            try library.symbol("rd_kafka_" + name, as: Function.self)
        }
        return try CRdKafkaProducerFunctions(
            produceva: find("produceva"),
            purge: find("purge"),
            queue_get_main: find("queue_get_main"),
            queue_destroy: find("queue_destroy"),
            queue_poll: find("queue_poll"),
            event_type: find("event_type"),
            event_error: find("event_error"),
            event_error_string: find("event_error_string"),
            event_message_next: find("event_message_next"),
            event_destroy: find("event_destroy"),
            headers_new: find("headers_new"),
            header_add: find("header_add"),
            headers_destroy: find("headers_destroy"),
            init_transactions: find("init_transactions"),
            begin_transaction: find("begin_transaction"),
            send_offsets_to_transaction: find("send_offsets_to_transaction"),
            commit_transaction: find("commit_transaction"),
            abort_transaction: find("abort_transaction")
        )
    }

    /// What the library says of an error's number.
    func text(_ error: Int32) -> String { client.err2str(error).map { String(cString: $0) } ?? "error \(error)" }
}
