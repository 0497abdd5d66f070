package import Kernel

/// One row of inputs and what a model made of it.
package struct PredictionRecord: Sendable, Hashable {
    /// Its name; sorts by time.
    package let requestID: String
    /// The endpoint that answered.
    package let endpoint: String
    /// The registered model.
    package let modelName: String
    /// The version of it.
    package let modelVersion: Int
    /// The variant that answered; nil for what was logged before there were any.
    package let variant: String?
    /// The version of the endpoint's policy by which it answered; nil as above.
    package let policyVersion: Int?
    /// Whether chance or a key chose the variant, rather than the request itself.
    package let isDrawn: Bool
    /// For a copy that a shadow answered, the name of the prediction that the caller got.
    package let shadowOf: String?
    /// When the request came.
    package let at: Timestamp
    /// JSON: the inputs as the model saw them, an object by column or input name; `null` when they could not be read.
    package let features: String
    /// JSON: what the model answered, as `/predict` gives it; `null` after a failure.
    package let prediction: String
    /// From the whole body being there to the answer, of the request as a whole, in milliseconds.
    package let latencyMs: Double
    /// The HTTP status of the request: 200, or that of the failure.
    package let status: Int
    /// What the caller was told, after a failure.
    package let error: String?
    /// The number that feedback gave for it.
    package var metricValue: Double?
    /// JSON: what turned out to be true; nil until feedback tells.
    package var groundTruth: String?
}

/// Which predictions of an endpoint are meant.
package enum PredictionWindow: Sendable, Hashable {
    /// The newest, so many of them.
    case lastRows(Int)
    /// Those of a time, both ends included.
    case between(Timestamp, Timestamp)
}

/// Predictions that follow one another, newest first.
package struct PredictionPage: Sendable {
    /// The predictions.
    package let records: [PredictionRecord]
    /// Where the next page begins, nil on the last.
    package let next: PageMark?

    /// Where a page of predictions begins: after one of them, whatever has been logged since.
    package struct PageMark: Sendable, Hashable {
        /// The mark as clients carry it.
        package let text: String

        /// The mark after the prediction called `requestID`.
        init(after requestID: String) {
            text = requestID
        }

        /// The mark that `text` names.
        ///
        /// - Throws: `INVALID_PARAMETER_VALUE` when it is no mark of ours.
        package init(_ text: String) throws {
            guard text.utf8.count == 32, text.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else {
                throw MartletError(.invalidParameterValue, "Invalid page token")
            }
            self.text = text
        }
    }
}
