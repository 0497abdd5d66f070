package import Kernel

/// One execution of training or other code, with what it logged.
package struct Run: Sendable {
    /// Its name for machines.
    package let id: RunID
    /// The experiment that it belongs to.
    package let experimentID: ExperimentID
    /// Its name for people.
    package let name: String
    /// Who started it.
    package let userID: String
    /// How far it is.
    package let status: RunStatus
    /// When it began; 0 when the client did not say.
    package let startedAt: Timestamp
    /// When it ended, nil while it runs.
    package let endedAt: Timestamp?
    /// Whether it is active; a deleted one can be restored.
    package let isActive: Bool
    /// The URI of the folder of its artifacts.
    package let artifactURI: String
}

/// How far a run is.
package enum RunStatus: Int64, Sendable, CaseIterable {
    case running = 1
    case scheduled = 2
    case finished = 3
    case failed = 4
    case killed = 5

    /// The name on MLflow's wire.
    package var name: String {
        switch self {
        case .running: "RUNNING"
        case .scheduled: "SCHEDULED"
        case .finished: "FINISHED"
        case .failed: "FAILED"
        case .killed: "KILLED"
        }
    }

    /// The status called `name`, nil when there is none.
    package init?(name: String) {
        guard let status = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = status
    }

    /// Whether a run in this status goes on no more.
    package var isFinal: Bool { self == .finished || self == .failed || self == .killed }
}

/// A run to be created.
package struct NewRun: Sendable {
    /// The experiment that it belongs to.
    package var experimentID: ExperimentID
    /// Its name; nil or empty for one from the tag `mlflow.runName`, else a generated one.
    package var name: String?
    /// Who starts it.
    package var userID: String
    /// When it began; 0 when the client did not say.
    package var startedAt: Timestamp
    /// Its first tags.
    package var tags: [Tag]

    /// A run of `experimentID`.
    package init(
        experimentID: ExperimentID,
        name: String? = nil,
        userID: String = "",
        startedAt: Timestamp = Timestamp(milliseconds: 0),
        tags: [Tag] = []
    ) {
        self.experimentID = experimentID
        self.name = name
        self.userID = userID
        self.startedAt = startedAt
        self.tags = tags
    }
}

/// A param of a run: set once, never changed.
package struct Param: Hashable, Sendable {
    /// The key.
    package let key: String
    /// The value as text.
    package let value: String

    /// `key` = `value`.
    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// A run with its params, tags, latest metrics and the data and models it used and made.
package struct RunDetails: Sendable {
    /// The run.
    package let run: Run
    /// The latest point of each metric, in the order of the keys.
    package var metrics: [Metric] = []
    /// Its params in the order of their keys.
    package var params: [Param] = []
    /// Its tags in the order of their keys.
    package var tags: [Tag] = []
    /// The datasets it read.
    package var datasetInputs: [DatasetInput] = []
    /// The logged models it used.
    package var modelInputs: [LoggedModelID] = []
    /// The logged models it made, with the step at which it did.
    package var modelOutputs: [ModelOutput] = []
}

/// A logged model that a run made.
package struct ModelOutput: Hashable, Sendable {
    /// The logged model.
    package let modelID: LoggedModelID
    /// The step at which the run made it.
    package let step: Int64

    /// `modelID`, made at `step`.
    package init(modelID: LoggedModelID, step: Int64) {
        self.modelID = modelID
        self.step = step
    }
}

/// A dataset that a run read, with the tags of that use.
package struct DatasetInput: Sendable {
    /// The dataset's name.
    package let name: String
    /// The dataset's digest; name and digest together tell datasets of one experiment apart.
    package let digest: String
    /// The kind of source.
    package let sourceType: String
    /// The source, as the client wrote it.
    package let source: String
    /// The schema, as the client wrote it.
    package let schema: String?
    /// The profile, as the client wrote it.
    package let profile: String?
    /// The tags of this use: `mlflow.data.context` and others.
    package let tags: [Tag]

    /// What it was used for, such as `training`; nil when the client did not say.
    var context: String? { tags.last { $0.key == "mlflow.data.context" }?.value }

    /// The dataset `name` with `digest` and how it was used.
    package init(
        name: String,
        digest: String,
        sourceType: String,
        source: String,
        schema: String?,
        profile: String?,
        tags: [Tag]
    ) {
        self.name = name
        self.digest = digest
        self.sourceType = sourceType
        self.source = source
        self.schema = schema
        self.profile = profile
        self.tags = tags
    }
}
