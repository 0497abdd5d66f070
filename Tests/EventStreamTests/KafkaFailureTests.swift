import Testing

@testable import EventStream

@Suite("A failure of Kafka's")
struct KafkaFailureTests {
    @Test("is of the message where the broker will never take that one", arguments: [10, 18, 32, 44, 87] as [Int32])
    func refusal(error: Int32) {
        #expect(KafkaFailure.isRefusal(error) && !KafkaFailure.isLasting(error) && !KafkaFailure.isLoss(error))
    }

    @Test("passes where brokers come, go and elect leaders", arguments: [-195, -185, 3, 5, 6, 7, 14, 15] as [Int32])
    func passing(error: Int32) {
        #expect(!KafkaFailure.isRefusal(error) && !KafkaFailure.isLasting(error) && !KafkaFailure.isLoss(error))
    }
}
