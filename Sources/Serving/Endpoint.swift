package import Inference
package import Kernel
package import Ledger

/// A name under which model versions are served, and how requests are shared out among them.
package struct Endpoint: Sendable {
    /// Whether it answers.
    package enum State: Sendable, Hashable {
        /// Its model is being loaded, after a start of the server.
        case loading
        /// It answers.
        case ready
        /// Its model could not be loaded after a start of the server: why, in words for the caller.
        case failed(String)
        /// Its model was taken out of memory; it is loaded again on request, or by the next start of the server.
        case unloaded
    }

    /// The name.
    package let name: String
    /// Grows by one with each change of the policy or the variants, from 1.
    package let policyVersion: Int
    /// How requests are shared out.
    package let policy: TrafficPolicy
    /// The primary variant, then the others; as many as the policy needs.
    package var variants: [Variant]

    /// An endpoint with these variants, at least one, the primary first.
    package init(name: String, policyVersion: Int, policy: TrafficPolicy, variants: [Variant]) {
        precondition(!variants.isEmpty, "an endpoint has a variant")
        self.name = name
        self.policyVersion = policyVersion
        self.policy = policy
        self.variants = variants
    }

    /// An endpoint with one variant, which is not loaded yet.
    package init(
        name: String,
        modelName: String,
        version: Int,
        digest: ContentDigest,
        deployedAt: Timestamp,
        deployedBy: Actor
    ) {
        let variant = Variant(
            name: "v\(version)",
            modelName: modelName,
            version: version,
            digest: digest,
            deployedAt: deployedAt,
            deployedBy: deployedBy
        )
        self.init(name: name, policyVersion: 1, policy: .single, variants: [variant])
    }

    /// What the Ledger calls it.
    package var subject: Subject { Self.subject(name) }

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

/// What is said of an endpoint as a whole is said of its primary variant.
extension Endpoint {
    /// The variant that answers when no other is chosen.
    package var primary: Variant { variants[0] }
    /// The registered model.
    package var modelName: String { primary.modelName }
    /// The version of it.
    package var version: Int { primary.version }
    /// The digest of the version's files.
    package var digest: ContentDigest { primary.digest }
    /// When the version was deployed here.
    package var deployedAt: Timestamp { primary.deployedAt }
    /// Who deployed it.
    package var deployedBy: Actor { primary.deployedBy }
    /// Whether it answers.
    package var state: State { primary.state }
    /// What the model takes; empty unless ready.
    package var inputs: [TensorDescription] { primary.inputs }
    /// What the model answers; empty unless ready.
    package var outputs: [TensorDescription] { primary.outputs }
    /// The engine that runs its model: `onnx` or `python`; empty unless it has been ready.
    package var runtime: String { primary.runtime }
}
