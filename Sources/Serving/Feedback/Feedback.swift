package import Kernel

/// What somebody tells of a prediction later.
package struct Feedback: Sendable {
    /// The prediction's name.
    package let requestID: String
    /// The number of the business metric; nil for none.
    package let value: Double?
    /// What turned out to be true; nil for none.
    package let groundTruth: JSON?

    /// Feedback on the prediction called `requestID`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the name is none of ours, or nothing is told.
    package init(requestID: String, value: Double?, groundTruth: JSON?) throws {
        guard requestID.utf8.count == 32, requestID.utf8.allSatisfy(Self.isHexadecimal) else {
            throw MartletError(
                .invalidParameterValue,
                "\"request_id\" must be the 32 characters of a prediction's answer, found \"\(requestID.prefix(100))\""
            )
        }
        guard value != nil || groundTruth != nil else {
            throw MartletError(.invalidParameterValue, "Feedback must have a \"value\", a \"ground_truth\", or both")
        }
        guard value?.isFinite ?? true else {
            throw MartletError(.invalidParameterValue, "\"value\" must be a finite number")
        }
        self.requestID = requestID
        self.value = value
        self.groundTruth = groundTruth
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}

/// What became of feedback.
package struct FeedbackReceipt: Sendable, Hashable {
    /// How many were told.
    package let received: Int
    /// Those whose prediction is in the log.
    package let matched: Int
    /// The names of the others, the first hundred.
    package let unknown: [String]
}

/// Feedback on one prediction, as evidence of what it says of the variant that made it.
struct JudgedFeedback {
    /// The number of the business metric.
    let value: Double?
    /// 1 for right and 0 for wrong, by what is counted.
    let outcomes: [(ABTest.Metric, Double)]
}
