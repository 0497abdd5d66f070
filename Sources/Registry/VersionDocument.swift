package import Kernel
package import Ledger

/// What is told of a version beyond its files: how it is called, what it is, what it was made of.
///
/// Nil is what nobody told.
package struct VersionDocument: Hashable, Sendable {
    /// Its semantic version, unique within the model.
    package var semanticVersion: SemanticVersion?
    /// What it was made with: `pytorch`.
    package var framework: String?
    /// What it does: `classification`.
    package var modelType: String?
    /// Who made it.
    package var author: String?
    /// How large it is.
    package var sizeBytes: Int64?
    /// The settings of its training, by name.
    package var hyperparameters: JSONObject?
    /// How good it is: finite numbers by name.
    package var metrics: JSONObject?
    /// The models that it was made from.
    package var parents: [ParentModel]?
    /// The datasets that it was made from.
    package var datasets: [TrainingDataset]?
    /// The code that made it.
    package var code: CodeReference?
    /// The experiment in which it was made, as the client calls it.
    package var experimentID: String?
    /// The run that made it. It is kept with the version, where MLflow's clients read it, and nowhere else.
    package var runID: RunID?
    /// What those of ``parents`` are that were found in this registry, whatever became of their names since.
    var foundParents: [ParentModel: Subject] = [:]

    /// A document that tells nothing.
    package init() {}

    /// What a parent is in lineage: the version that it was found to be, whatever became of its name since, or what
    /// stands for a model that is not here.
    package func node(of parent: ParentModel) -> Subject {
        foundParents[parent] ?? VersionLineage.external(parent)
    }

    /// What a document may tell, by its name in the API.
    package enum Member: String, CaseIterable, Sendable {
        case semanticVersion = "semantic_version"
        case framework
        case modelType = "model_type"
        case author
        case sizeBytes = "model_size_bytes"
        case hyperparameters
        case metrics
        case parents = "parent_models"
        case datasets
        case code
        case experimentID = "experiment_id"
        case runID = "run_id"
    }

    /// Forgets what was told of `member`.
    mutating func clear(_ member: Member) {
        switch member {
        case .semanticVersion: semanticVersion = nil
        case .framework: framework = nil
        case .modelType: modelType = nil
        case .author: author = nil
        case .sizeBytes: sizeBytes = nil
        case .hyperparameters: hyperparameters = nil
        case .metrics: metrics = nil
        case .parents: parents = nil
        case .datasets: datasets = nil
        case .code: code = nil
        case .experimentID: experimentID = nil
        case .runID: runID = nil
        }
    }

    /// This document with what `change` tells in place of what was told.
    func merging(_ change: VersionDocument) -> VersionDocument {
        var merged = self
        merged.semanticVersion = change.semanticVersion ?? semanticVersion
        merged.framework = change.framework ?? framework
        merged.modelType = change.modelType ?? modelType
        merged.author = change.author ?? author
        merged.sizeBytes = change.sizeBytes ?? sizeBytes
        merged.hyperparameters = change.hyperparameters ?? hyperparameters
        merged.metrics = change.metrics ?? metrics
        merged.parents = change.parents ?? parents
        merged.datasets = change.datasets ?? datasets
        merged.code = change.code ?? code
        merged.experimentID = change.experimentID ?? experimentID
        merged.runID = change.runID ?? runID
        return merged
    }
}

/// A model from which another was made.
package struct ParentModel: Hashable, Sendable {
    /// The registered model, or what it is called where it comes from.
    package var name: String
    /// Which version of it: a number, a semantic version, or what it is called there.
    package var version: String
    /// What was done: `fine-tuned`, `distilled`, ….
    package var relation: String

    /// `version` of `name`, from which the other one was made by what `relation` says.
    package init(name: String, version: String, relation: String) {
        self.name = name
        self.version = version
        self.relation = relation
    }
}

/// A dataset from which a model was made.
package struct TrainingDataset: Hashable, Sendable {
    /// The dataset's name.
    package var name: String
    /// Which version of it.
    package var version: String
    /// Which part of it: `train`, `test`, …; nil for all.
    package var split: String?
    /// How many rows it has.
    package var size: Int64?

    /// `size` rows of the part `split` of `version` of `name`.
    package init(name: String, version: String, split: String? = nil, size: Int64? = nil) {
        self.name = name
        self.version = version
        self.split = split
        self.size = size
    }
}

/// The code that made a model.
package struct CodeReference: Hashable, Sendable {
    /// Where it is kept.
    package var repository: String?
    /// Its commit there.
    package var commit: String?
    /// The digest of its files.
    package var digest: String?

    /// The files with `digest`, at `commit` of `repository`.
    package init(repository: String? = nil, commit: String? = nil, digest: String? = nil) {
        self.repository = repository
        self.commit = commit
        self.digest = digest
    }
}

/// A version with all that is told of it.
package struct DescribedVersion: Sendable {
    /// The version, its tags and aliases.
    package let version: ModelVersion
    /// What is told of it. The size is that of its pinned files where nobody told another.
    package let document: VersionDocument
}

/// A version to be registered with its document, and its model where there is none of that name.
package struct NewRegistration: Sendable {
    /// The version. A plain path as its source is kept as it is, for files that lie outside of this server.
    package var version: NewModelVersion
    /// What is told of it.
    package var document: VersionDocument
    /// The stage that it begins in.
    package var stage: ModelStage
    /// Whether the others of that stage go to the archive; nil for yes where `stage` is one of use.
    package var archivesOthers: Bool?

    /// `version`, described by `document`, in `stage`.
    package init(
        version: NewModelVersion,
        document: VersionDocument,
        stage: ModelStage = .none,
        archivesOthers: Bool? = nil
    ) {
        self.version = version
        self.document = document
        self.stage = stage
        self.archivesOthers = archivesOthers
    }
}
