package import Kernel
package import ObjectStore

/// A run that comes from another tracking server, with the id and the times that it has there.
package struct AdmittedRun: Sendable {
    /// Its name for machines.
    package var id: RunID
    /// The experiment that it belongs to.
    package var experimentID: ExperimentID
    /// Its name for people.
    package var name: String
    /// Who started it.
    package var userID: String
    /// How far it is.
    package var status: RunStatus
    /// When it began.
    package var startedAt: Timestamp
    /// When it ended.
    package var endedAt: Timestamp?
    /// When it was deleted, nil for an active one.
    package var deletedAt: Timestamp?
    /// The URI of the folder of its artifacts.
    package var artifactURI: String
    /// That folder in the server's own store; nil when it lies elsewhere.
    package var folder: ObjectKey?

    /// The run `id` of `experimentID`, active, with nothing else said of it yet.
    package init(id: RunID, experimentID: ExperimentID, artifactURI: String) {
        self.id = id
        self.experimentID = experimentID
        name = ""
        userID = ""
        status = .running
        startedAt = Timestamp(milliseconds: 0)
        self.artifactURI = artifactURI
    }
}

/// A logged model that comes from another tracking server, with the id and the times that it has there.
package struct AdmittedLoggedModel: Sendable {
    /// Its name for machines.
    package var id: LoggedModelID
    /// The experiment that it belongs to.
    package var experimentID: ExperimentID
    /// Its name for people.
    package var name: String
    /// The URI of the folder of its files.
    package var artifactURI: String
    /// That folder in the server's own store; nil when it lies elsewhere.
    package var folder: ObjectKey?
    /// Its kind.
    package var modelType: String
    /// The run that made it.
    package var sourceRunID: RunID?
    /// How far its upload is.
    package var status: LoggedModelStatus
    /// When it was created.
    package var createdAt: Timestamp
    /// When it last changed.
    package var updatedAt: Timestamp
    /// Whether it is deleted.
    package var isDeleted: Bool

    /// The logged model `id` of `experimentID`, ready, with nothing else said of it yet.
    package init(id: LoggedModelID, experimentID: ExperimentID, name: String, artifactURI: String) {
        self.id = id
        self.experimentID = experimentID
        self.name = name
        self.artifactURI = artifactURI
        modelType = ""
        status = .ready
        createdAt = Timestamp(milliseconds: 0)
        updatedAt = Timestamp(milliseconds: 0)
        isDeleted = false
    }
}

/// Something of a run, a logged model or an experiment, with the id of what it belongs to.
package struct Owned<Owner: Sendable, Value: Sendable>: Sendable {
    /// What it belongs to.
    package let owner: Owner
    /// What it is.
    package let value: Value

    /// `value` of `owner`.
    package init(_ owner: Owner, _ value: Value) {
        self.owner = owner
        self.value = value
    }
}

/// A logged model that a run used or made.
package struct ModelLink: Hashable, Sendable {
    /// Whether the run made it.
    package let isOutput: Bool
    /// The logged model, and the step at which the run made it.
    package let output: ModelOutput

    /// The link to the model of `output`.
    package init(isOutput: Bool, output: ModelOutput) {
        self.isOutput = isOutput
        self.output = output
    }
}

extension Experiment {
    /// The experiment `id` that comes from another tracking server, without its tags.
    package init(
        admitted id: ExperimentID,
        name: String,
        artifactLocation: String,
        isActive: Bool,
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.init(
            id: id,
            name: name,
            artifactLocation: artifactLocation,
            isActive: isActive,
            createdAt: createdAt,
            updatedAt: updatedAt,
            tags: []
        )
    }
}
