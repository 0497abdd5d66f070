package import Kernel

/// A model that a run or a notebook saved, before anybody registers it (MLflow 3).
package struct LoggedModel: Sendable {
    /// Its name for machines.
    package let id: LoggedModelID
    /// The experiment that it belongs to.
    package let experimentID: ExperimentID
    /// Its name for people.
    package let name: String
    /// The URI of the folder of its files.
    package let artifactURI: String
    /// Its kind, as the client wrote it.
    package let modelType: String
    /// The run that made it.
    package let sourceRunID: RunID?
    /// How far its upload is.
    package let status: LoggedModelStatus
    /// When it was created.
    package let createdAt: Timestamp
    /// When it last changed, tags apart.
    package let updatedAt: Timestamp
    /// Its tags in the order of their keys.
    package var tags: [Tag] = []
    /// Its params in the order of their keys.
    package var params: [Param] = []
    /// The metrics that were logged with its id, with the run that did.
    package var metrics: [LoggedModelMetric] = []
}

/// How far a logged model's upload is.
package enum LoggedModelStatus: Int64, Sendable, CaseIterable {
    case pending = 1
    case ready = 2
    case uploadFailed = 3

    /// The name on MLflow's wire.
    package var name: String {
        switch self {
        case .pending: "LOGGED_MODEL_PENDING"
        case .ready: "LOGGED_MODEL_READY"
        case .uploadFailed: "LOGGED_MODEL_UPLOAD_FAILED"
        }
    }

    /// The status called `name`, nil when there is none.
    package init?(name: String) {
        guard let status = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = status
    }
}

/// A metric that tells of a logged model.
package struct LoggedModelMetric: Sendable {
    /// The point.
    package let metric: Metric
    /// The run that logged it.
    package let runID: RunID
}

/// A logged model to be created.
package struct NewLoggedModel: Sendable {
    /// The experiment that it belongs to.
    package var experimentID: ExperimentID
    /// Its name; nil or empty for a generated one.
    package var name: String?
    /// Its kind.
    package var modelType: String
    /// The run that makes it.
    package var sourceRunID: RunID?
    /// Its first params.
    package var params: [Param]
    /// Its first tags.
    package var tags: [Tag]

    /// A logged model of `experimentID`.
    package init(
        experimentID: ExperimentID,
        name: String?,
        modelType: String,
        sourceRunID: RunID?,
        params: [Param],
        tags: [Tag]
    ) {
        self.experimentID = experimentID
        self.name = name
        self.modelType = modelType
        self.sourceRunID = sourceRunID
        self.params = params
        self.tags = tags
    }
}
