package import Inference
package import Kernel
package import Ledger
import Registry

/// A name under which a model version is served.
package struct Endpoint: Sendable {
    /// Whether it answers.
    package enum State: Sendable, Hashable {
        /// Its model is being loaded, after a start of the server.
        case loading
        /// It answers.
        case ready
        /// Its model could not be loaded after a start of the server: why, in words for the caller.
        case failed(String)
    }

    /// The name.
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
    package var state: State = .loading
    /// What the model takes; empty unless ready.
    package var inputs: [TensorDescription] = []
    /// What the model answers; empty unless ready.
    package var outputs: [TensorDescription] = []

    /// The engine that runs its model: `onnx` or `python`; empty unless it has been ready.
    package var runtime = ""

    /// What the Ledger calls it.
    package var subject: Subject { Self.subject(name) }

    /// The model version that it serves, as the Ledger calls it.
    var versionSubject: Subject { ModelVersion.subject(modelName, version) }

    /// What the Ledger calls the endpoint `name`.
    package static func subject(_ name: String) -> Subject { Subject("endpoint", name) }

    /// Refuses a name that no path could hold.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    static func validate(name: String) throws {
        let isPlain = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "/" && $0.value != 0x7F }
        guard isPlain, !name.isEmpty, name.utf8.count <= 256 else {
            throw MartletError(
                .invalidParameterValue,
                "An endpoint's name must have 1 to 256 bytes and neither \"/\" nor control characters"
            )
        }
    }
}
