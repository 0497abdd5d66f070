package import Kernel

/// Which predictions of the log are meant.
package struct PredictionFilter: Sendable {
    /// The endpoint, nil for all.
    package let endpoint: String?
    /// The registered model, nil for all.
    package let modelName: String?
    /// The number of the version, nil for all.
    package let modelVersion: Int?
    /// The variant's name, nil for all.
    package let variant: String?
    /// Whether the answers of shadows are meant, which callers never saw; else those that they got.
    package let isShadow: Bool
    /// The name of the prediction, nil for all.
    package let requestID: String?
    /// The first and the last moment, nil for no bound.
    package let start: Timestamp?
    package let end: Timestamp?

    /// All that callers got, but for what is given.
    package init(
        endpoint: String? = nil,
        modelName: String? = nil,
        modelVersion: Int? = nil,
        variant: String? = nil,
        isShadow: Bool = false,
        requestID: String? = nil,
        start: Timestamp? = nil,
        end: Timestamp? = nil
    ) {
        self.endpoint = endpoint
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.variant = variant
        self.isShadow = isShadow
        self.requestID = requestID
        self.start = start
        self.end = end
    }
}
