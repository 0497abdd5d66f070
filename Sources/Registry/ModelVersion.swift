package import Kernel
package import Ledger
package import Tracking

/// Where a version stands in a model's life.
package enum ModelStage: String, Sendable, CaseIterable {
    case none = "None"
    case staging = "Staging"
    case production = "Production"
    case archived = "Archived"

    /// The stage called `text`, in any case of its letters.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` with the list of stages.
    package init(text: String) throws {
        guard let stage = Self.allCases.first(where: { $0.rawValue.lowercased() == text.lowercased() }) else {
            let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw MartletError(
                .invalidParameterValue,
                "Invalid Model Version stage: \(text). Value must be one of \(names)."
            )
        }
        self = stage
    }

    /// Whether a version in this stage is meant to be used.
    package var isActive: Bool { self == .staging || self == .production }
}

/// One version of a registered model: files that do not change, and what is known of them.
package struct ModelVersion: Sendable {
    /// The registered model's name.
    package let modelName: String
    /// Its number, from 1; never used again after a deletion.
    package let number: Int
    /// Where it stands.
    package let stage: ModelStage
    /// When it was created.
    package let createdAt: Timestamp
    /// When it last changed; tags and aliases apart.
    package let updatedAt: Timestamp
    /// What it is; nil after an update that gave none.
    package let description: String?
    /// Where it came from, as registered: an artifact URI, `runs:/…` or `models:/…`.
    package let source: String
    /// The artifact URI of the folder that holds its `MLmodel`.
    package let storageLocation: String
    /// The URI that MLflow's clients download from: the storage location, but `runs:/…` as it was given.
    package let downloadURI: String
    /// The run that made it.
    package let runID: RunID?
    /// A link to that run, as the client gave it; empty when it gave none.
    package let runLink: String
    /// The logged model that was registered.
    package let loggedModelID: LoggedModelID?
    /// What its files were when it was registered.
    package internal(set) var pin: FilePin
    /// Its tags in the order of their keys.
    package var tags: [Tag] = []
    /// Its aliases in their order; empty where MLflow leaves them out (searches, a model's latest versions).
    package var aliases: [String] = []

    /// What the Ledger calls it.
    package var subject: Subject { Self.subject(modelName, number) }

    /// What the Ledger calls version `number` of `modelName`.
    package static func subject(_ modelName: String, _ number: Int) -> Subject {
        Subject("model_version", "\(modelName)/\(number)")
    }
}

/// Which version of a model is meant.
package enum VersionSelector: Sendable {
    case number(Int)
    /// The one that its document calls so.
    case semantic(SemanticVersion)
    /// The highest number in a stage.
    case stage(ModelStage)
    case alias(String)
    /// The highest number of all.
    case latest
}

/// A version to be created.
package struct NewModelVersion: Sendable {
    /// The registered model's name; it must exist.
    package var modelName: String
    /// Where the files are: an artifact URI, `runs:/…` or `models:/…`.
    package var source: String
    /// The run that made it; a given but empty one says that there is none.
    package var runID: RunID?
    /// A link to that run.
    package var runLink: String
    /// What it is.
    package var description: String
    /// Its first tags; of two with one key the last counts.
    package var tags: [Tag]
    /// The logged model that is registered; a given but empty one says that there is none.
    package var loggedModelID: LoggedModelID?
    /// Whether a plain path as the source is taken for a path on another machine: it is written down, and nothing is
    /// read there, pinned or served.
    package var isKeptElsewhere = false

    /// A version of `modelName` whose files are at `source`.
    package init(
        modelName: String,
        source: String,
        runID: RunID? = nil,
        runLink: String = "",
        description: String = "",
        tags: [Tag] = [],
        loggedModelID: LoggedModelID? = nil
    ) {
        self.modelName = modelName
        self.source = source
        self.runID = runID
        self.runLink = runLink
        self.description = description
        self.tags = tags
        self.loggedModelID = loggedModelID
    }
}
