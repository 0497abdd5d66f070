package import Inference
package import Kernel
package import Ledger
import Registry

/// A model version behind an endpoint, under a name that it has there.
package struct Variant: Sendable {
    /// Its name, unlike that of any other variant of the endpoint.
    package let name: String
    /// The registered model.
    package let modelName: String
    /// The version of it.
    package let version: Int
    /// The digest of the version's files.
    package let digest: ContentDigest
    /// When the version was deployed here.
    package let deployedAt: Timestamp
    /// Who deployed it.
    package let deployedBy: Actor
    /// Whether it answers.
    package var state: Endpoint.State = .loading
    /// What the model takes; empty unless ready.
    package var inputs: [TensorDescription] = []
    /// What the model answers; empty unless ready.
    package var outputs: [TensorDescription] = []

    /// A variant that is not loaded yet.
    package init(
        name: String,
        modelName: String,
        version: Int,
        digest: ContentDigest,
        deployedAt: Timestamp,
        deployedBy: Actor
    ) {
        self.name = name
        self.modelName = modelName
        self.version = version
        self.digest = digest
        self.deployedAt = deployedAt
        self.deployedBy = deployedBy
    }

    /// The engine that runs its model: `onnx` or `python`; empty unless it has been ready.
    package var runtime = ""

    /// The model version, as the Ledger calls it.
    var versionSubject: Subject { ModelVersion.subject(modelName, version) }

    /// What makes it the same model wherever it stands.
    var identity: Identity { Identity(modelName: modelName, version: version, digest: digest) }

    /// A model version and the files that it is pinned to.
    struct Identity: Hashable, Sendable {
        let modelName: String
        let version: Int
        let digest: ContentDigest
    }

    /// Notes that `model` answers, or that none does.
    mutating func serve(_ model: LoadedModel?) {
        guard let model else { return }
        state = .ready
        runtime = model.runtime
        inputs = model.inputs
        outputs = model.outputs
    }

    /// Notes that its model was taken out of memory.
    mutating func unload() {
        state = .unloaded
        inputs = []
        outputs = []
    }

    /// Refuses a name that is no label.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    static func validate(name: String) throws {
        let isPlain = name.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "/" && $0.value != 0x7F }
        guard isPlain, !name.isEmpty, name.utf8.count <= 100 else {
            throw MartletError(
                .invalidParameterValue,
                "A variant's name must have 1 to 100 bytes and neither spaces, \"/\" nor control characters"
            )
        }
    }
}
