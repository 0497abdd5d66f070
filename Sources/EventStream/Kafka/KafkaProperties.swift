/// The settings of librdkafka that an address stands for, by the names of its documentation.
struct KafkaProperties: Hashable {
    private(set) var values: [String: String] = [:]

    /// What either kind of client is told.
    private init(_ address: StreamAddress) {
        values = [
            "bootstrap.servers": address.servers.joined(separator: ","), "client.id": "martlet",
            "socket.keepalive.enable": "true",
            // A broker that returns is found within two seconds, and one that is new within ten.
            "reconnect.backoff.ms": "100", "reconnect.backoff.max.ms": "2000",
            "topic.metadata.refresh.interval.ms": "10000",
        ]
        let isSecret = address.password != nil
        values["security.protocol"] = address[option: "security"] ?? (isSecret ? "sasl_plaintext" : "plaintext")
        if let authority = address[option: "ca"] { values["ssl.ca.location"] = authority }
        guard let user = address.user, let password = address.password else { return }
        values["sasl.mechanism"] = address[option: "mechanism"] ?? "PLAIN"
        values["sasl.username"] = user
        values["sasl.password"] = password
    }

    /// Of a member of a group, which commits by itself when the replies are written.
    static func consumer(_ address: StreamAddress) -> KafkaProperties {
        var properties = KafkaProperties(address)
        let own = [
            "group.id": address[option: "group"] ?? "", "enable.auto.commit": "false",
            "enable.auto.offset.store": "false", "auto.offset.reset": address[option: "start"] ?? "earliest",
            "isolation.level": "read_committed",
            // A broker that does not wake a fetch that waits (the mock does not) holds an event up for no longer.
            "fetch.wait.max.ms": "50",
            // What is fetched ahead is bounded: 16 MiB.
            "queued.min.messages": "5000", "queued.max.messages.kbytes": "16384", "fetch.error.backoff.ms": "100",
        ]
        properties.values.merge(own) { $1 }
        if let timeout = address.number("session_timeout_ms") {
            properties.values["session.timeout.ms"] = String(timeout)
            properties.values["heartbeat.interval.ms"] = String(max(100, min(3_000, timeout / 3)))
        }
        return properties
    }

    /// Of a producer whose messages the broker takes once and in order, with all replicas.
    static func producer(_ address: StreamAddress) -> KafkaProperties {
        var properties = KafkaProperties(address)
        let own = [
            "enable.idempotence": "true", "acks": "all", "linger.ms": "2",
            // How large a message may be only the broker says: what it gave us as an event it takes as a dead letter.
            "message.max.bytes": "1000000000",
            // Keys go to the partitions to which Java's clients send them.
            "partitioner": "murmur2_random",
        ]
        properties.values.merge(own) { $1 }
        if let identity = address[option: "transactional_id"] {
            properties.values["transactional.id"] = identity
        } else {
            // A broker that is away is waited for; who has to end cancels.
            properties.values["message.timeout.ms"] = "0"
        }
        return properties
    }
}
