package import Kernel
package import Ledger
package import Tracking

/// A name under which versions of a model are kept.
package struct RegisteredModel: Sendable {
    /// The name, unique.
    package let name: String
    /// When it was created.
    package let createdAt: Timestamp
    /// When it, or one of its versions, last changed; tags and aliases apart.
    package let updatedAt: Timestamp
    /// What it is for; empty or nil when nobody said.
    package let description: String?
    /// Whether its versions change their stage by approved requests alone.
    package let isProtected: Bool
    /// Who wishes the protection lifted; nil when nobody does.
    package let liftRequest: LiftRequest?
    /// Its tags in the order of their keys.
    package var tags: [Tag] = []
    /// Its aliases in their order.
    package var aliases: [ModelAlias] = []
    /// The newest version in each stage that has one, in the order of their numbers; without aliases.
    package var latestVersions: [ModelVersion] = []

    /// Whether it is a prompt: MLflow keeps these in the registry, and hides them from searches for models.
    package var isPrompt: Bool { PromptRules.marksPrompt(tags) }
}

/// A wish to lift a model's protection, which somebody else must have too.
package struct LiftRequest: Hashable, Sendable {
    /// Who has it.
    package let requestedBy: Actor
    /// Since when.
    package let requestedAt: Timestamp
}

/// A name that points to one version of a registered model.
package struct ModelAlias: Hashable, Sendable {
    /// The name.
    package let name: String
    /// The number of the version.
    package let number: Int
}

/// A registered model to be created.
package struct NewRegisteredModel: Sendable {
    /// The name.
    package var name: String
    /// What it is for.
    package var description: String?
    /// Its first tags; of two with one key the last counts.
    package var tags: [Tag]

    /// A registered model called `name`.
    package init(name: String, description: String? = nil, tags: [Tag] = []) {
        self.name = name
        self.description = description
        self.tags = tags
    }
}

/// How MLflow marks prompts, which it keeps in the model registry.
enum PromptRules {
    /// The tag that marks a prompt when its value is `true`.
    static let tagKey = "mlflow.prompt.is_prompt"
    /// The tag that holds a prompt's text.
    static let textKey = "mlflow.prompt.text"
    /// What a prompt's source must be.
    private static let sources: Set = ["dummy-source", "prompt-template"]

    static func marksPrompt(_ tags: [Tag]) -> Bool {
        tags.last { $0.key == tagKey }?.value.lowercased() == "true"
    }

    static func checkSource(_ source: String) throws {
        guard sources.contains(source) else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid prompt source: '\(source)'. Prompt sources must use an MLflow placeholder."
            )
        }
    }
}
