import Testing

@testable import EventStream

@Suite("What librdkafka is told of an address")
struct KafkaPropertiesTests {
    private func address(_ text: String, _ role: StreamAddress.Role) throws -> StreamAddress {
        try StreamAddress(text, as: role, environment: [:])
    }

    @Test("commits nothing by itself")
    func consumer() throws {
        let input = try address("kafka://a:1,b:2/t?group=g&session_timeout_ms=6000", .input)
        let values = KafkaProperties.consumer(input).values
        #expect(values["bootstrap.servers"] == "a:1,b:2" && values["group.id"] == "g")
        #expect(values["enable.auto.commit"] == "false" && values["enable.auto.offset.store"] == "false")
        #expect(values["auto.offset.reset"] == "earliest" && values["session.timeout.ms"] == "6000")
        #expect(values["security.protocol"] == "plaintext" && values["sasl.username"] == nil)
    }

    @Test("writes once, to all replicas")
    func producer() throws {
        let values = KafkaProperties.producer(try address("kafka://a/t", .output)).values
        #expect(values["enable.idempotence"] == "true" && values["acks"] == "all")
        #expect(values["message.timeout.ms"] == "0" && values["transactional.id"] == nil)
        // A broker takes 1,048,588 bytes at first, more than the library does.
        #expect(values["message.max.bytes"] == "1000000000")
        let transactional = KafkaProperties.producer(try address("kafka://a/t?transactional_id=x", .output)).values
        #expect(transactional["transactional.id"] == "x" && transactional["message.timeout.ms"] == nil)
    }

    @Test("logs in, by TLS where that is asked for")
    func login() throws {
        let text = "kafka://me:p%20w@a/t?security=sasl_ssl&mechanism=SCRAM-SHA-512&ca=/etc/ca.pem"
        let values = KafkaProperties.producer(try address(text, .output)).values
        #expect(values["sasl.username"] == "me" && values["sasl.password"] == "p w")
        #expect(values["security.protocol"] == "sasl_ssl" && values["sasl.mechanism"] == "SCRAM-SHA-512")
        #expect(values["ssl.ca.location"] == "/etc/ca.pem")
    }
}
