package import Kernel

/// A registered model that comes from another registry, with the times that it has there.
package struct AdmittedModel: Sendable {
    /// The name.
    package let name: String
    /// When it was created.
    package let createdAt: Timestamp
    /// When it last changed.
    package let updatedAt: Timestamp
    /// What it is for.
    package let description: String?
    /// The highest number that a version of it ever had there; 0 when it had none.
    package let lastNumber: Int

    /// The model `name` with the times and the numbers that it has elsewhere.
    package init(name: String, createdAt: Timestamp, updatedAt: Timestamp, description: String?, lastNumber: Int) {
        self.name = name
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.description = description
        self.lastNumber = lastNumber
    }
}

/// A version that comes from another registry, with the number, the stage and the times that it has there.
package struct AdmittedVersion: Sendable {
    /// The registered model's name.
    package var modelName: String
    /// Its number.
    package var number: Int
    /// Where it stands.
    package var stage: ModelStage
    /// When it was created.
    package var createdAt: Timestamp
    /// When it last changed.
    package var updatedAt: Timestamp
    /// What it is.
    package var description: String?
    /// Where it came from, as registered there.
    package var source: String
    /// The URI that clients download from: an artifact URI, `runs:/…` or `models:/…`.
    package var downloadURI: String
    /// The run that made it.
    package var runID: RunID?
    /// A link to that run; empty when there is none.
    package var runLink: String

    /// Version `number` of `modelName`, in no stage, with nothing else said of it yet.
    package init(modelName: String, number: Int, source: String, downloadURI: String) {
        self.modelName = modelName
        self.number = number
        self.source = source
        self.downloadURI = downloadURI
        stage = .none
        createdAt = Timestamp(milliseconds: 0)
        updatedAt = Timestamp(milliseconds: 0)
        runLink = ""
    }
}

/// A version that is about to be taken in, its files found and hashed.
package struct PreparedVersion: Sendable {
    let version: ModelVersion
    let files: [PinnedFile]

    /// What it will be.
    package var modelVersion: ModelVersion { version }
}

extension PreparedVersion {
    /// What `admitted` will be, with its files at `location` as `outcome` found them.
    init(_ admitted: AdmittedVersion, at location: String, _ outcome: FilePinner.Outcome) {
        version = ModelVersion(
            modelName: admitted.modelName,
            number: admitted.number,
            stage: admitted.stage,
            createdAt: admitted.createdAt,
            updatedAt: admitted.updatedAt,
            description: admitted.description,
            source: admitted.source,
            storageLocation: location,
            downloadURI: admitted.downloadURI,
            runID: admitted.runID,
            runLink: admitted.runLink,
            loggedModelID: VersionOrigin.loggedModel(admitted.source),
            pin: outcome.pin
        )
        files = outcome.files
    }
}

/// A version that another registry has, and its files, which were copied from there into the artifact storage.
package struct FetchedVersion: Sendable {
    let model: AdmittedModel
    let version: AdmittedVersion
    let files: [PinnedFile]

    /// The version `version` of `model`; `files` lie in the folder that its download URI names, and are all of it.
    package init(_ version: AdmittedVersion, of model: AdmittedModel, files: [PinnedFile]) {
        self.model = model
        self.version = version
        self.files = files
    }
}

extension ModelAlias {
    /// The alias `name` of version `number` that comes from another registry.
    package init(admitted name: String, number: Int) {
        self.init(name: name, number: number)
    }
}
