import CRdKafka

/// What the numbers of Kafka's errors mean to us.
enum KafkaFailure {
    /// Whether whatever is asked for will fail, however often it is tried.
    static func isLasting(_ error: Int32) -> Bool {
        [
            CRdKafkaErrorFatal, CRdKafkaErrorAuthentication, CRdKafkaErrorTopicForbidden, CRdKafkaErrorGroupForbidden,
            CRdKafkaErrorFenced,
        ]
        .contains { $0.code == error }
    }

    /// Whether the broker will never take what was sent together, of which one message is enough to be at fault.
    static func isRefusal(_ error: Int32) -> Bool {
        [
            CRdKafkaErrorMessageTooLarge, CRdKafkaErrorRecordsTooLarge, CRdKafkaErrorInvalidTimestamp,
            CRdKafkaErrorPolicyViolation, CRdKafkaErrorInvalidRecord,
        ]
        .contains { $0.code == error }
    }

    /// Whether a refused commit means that the partitions are another member's now.
    static func isLoss(_ error: Int32) -> Bool {
        [
            CRdKafkaErrorIllegalGeneration, CRdKafkaErrorUnknownMember, CRdKafkaErrorAssignmentLost,
            CRdKafkaErrorFenced,
        ]
        .contains { $0.code == error }
    }
}

extension FixedWidthInteger {
    /// An error's number as the library's functions give it.
    var code: Int32 { Int32(truncatingIfNeeded: self) }
}
