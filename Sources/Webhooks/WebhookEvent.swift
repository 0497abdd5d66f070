package import Kernel

/// What a webhook can be told of: that something was done to a thing of a kind.
package struct WebhookEvent: Hashable, Sendable, Comparable {
    /// The kind of thing: `model_version`.
    package let entity: String
    /// What was done: `created`.
    package let action: String

    /// Both, with a dot between.
    package var name: String { "\(entity).\(action)" }
    /// Whether it is one of MLflow's.
    package var isMLflow: Bool { Self.mlflow[entity]?.contains(action) ?? false }

    /// Every change that is recorded.
    package static let all = WebhookEvent(unchecked: "*", "*")

    /// The `action` on an `entity`, in small letters.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when there is no such event.
    package init(entity: String, action: String) throws(MartletError) {
        self.init(unchecked: entity, action)
        guard isMLflow || Self.ownNames.contains(name) else {
            let known =
                (Self.mlflow[entity] ?? []).sorted()
                + Self.ownNames.sorted().compactMap { name in
                    name.hasPrefix(entity + ".") ? String(name.dropFirst(entity.count + 1)) : nil
                }
            let actions = Set(known).sorted().joined(separator: ", ")
            throw MartletError(
                .invalidParameterValue,
                actions.isEmpty
                    ? "Invalid webhook event '\(name.prefix(100))': there is no entity of that name."
                    : "Invalid action '\(action.prefix(100))' for entity '\(entity)'. Valid actions are: \(actions)."
            )
        }
    }

    /// The event called `name`: `model_version.created`, or `*` for every change.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    package init(name: String) throws(MartletError) {
        guard name != Self.all.text else {
            self = .all
            return
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid webhook event '\(name.prefix(100))'. It is 'entity.action', as model_version.created, or '*'."
            )
        }
        try self.init(entity: String(parts[0]), action: String(parts[1]))
    }

    private init(unchecked entity: String, _ action: String) {
        self.entity = entity
        self.action = action
    }

    /// As ``init(name:)`` reads it.
    package var text: String { self == .all ? "*" : name }

    package static func < (left: WebhookEvent, right: WebhookEvent) -> Bool {
        left.name < right.name
    }

    /// An event as it is kept.
    init(stored name: String) throws {
        try self.init(name: name)
    }

    /// The event that an activity's action is.
    init?(activity action: String) {
        guard let dot = action.firstIndex(of: ".") else { return nil }
        self.init(unchecked: String(action[..<dot]), String(action[action.index(after: dot)...]))
    }

    static func mlflow(_ entity: String, _ action: String) -> WebhookEvent {
        WebhookEvent(unchecked: entity, action)
    }

    /// MLflow's events, entity by entity.
    private static let mlflow: [String: Set<String>] = [
        "registered_model": ["created"],
        "model_version": ["created"],
        "model_version_tag": ["set", "deleted"],
        "model_version_alias": ["created", "deleted"],
        "prompt": ["created"],
        "prompt_version": ["created"],
        "prompt_tag": ["set", "deleted"],
        "prompt_version_tag": ["set", "deleted"],
        "prompt_alias": ["created", "deleted"],
        "budget_policy": ["exceeded"],
    ]

    /// All that a webhook can be told of, in the order of their names; `*`, which is all of them, is not among them.
    ///
    /// Budgets are left out: MLflow's clients may name their event, but there are none here that could tell of it.
    package static let offered: [WebhookEvent] = {
        let theirs = mlflow.filter { $0.key != "budget_policy" }.flatMap { entity, actions in
            actions.map { WebhookEvent(unchecked: entity, $0) }
        }
        return Set(theirs + ownNames.compactMap { WebhookEvent(activity: $0) }).sorted()
    }()

    /// The actions of activities, each of which is an event too.
    package static let ownNames: Set<String> = [
        "access_token.created", "access_token.revoked",
        "alert.acknowledged", "alert.opened",
        "artifact.purged",
        "drift.checked",
        "endpoint.canary_advanced", "endpoint.canary_promoted", "endpoint.canary_rolled_back",
        "endpoint.contract_removed", "endpoint.contract_set",
        "endpoint.deployed", "endpoint.rolled_back", "endpoint.traffic_changed", "endpoint.undeployed",
        "evaluation_dataset.created", "evaluation_dataset.deleted", "evaluation_dataset.updated",
        "experiment.created", "experiment.deleted", "experiment.purged", "experiment.renamed", "experiment.restored",
        "experiment.traces_deleted", "experiment.traces_purged",
        "gateway_endpoint.bound", "gateway_endpoint.created", "gateway_endpoint.deleted", "gateway_endpoint.unbound",
        "gateway_endpoint.updated",
        "gateway_model.created", "gateway_model.deleted", "gateway_model.updated",
        "gateway_secret.created", "gateway_secret.deleted", "gateway_secret.updated",
        "issue.created", "issue.updated",
        "logged_model.purged",
        "model_version.alias_deleted", "model_version.alias_set", "model_version.created", "model_version.deleted",
        "model_version.pin_failed", "model_version.pin_requested", "model_version.pinned",
        "model_version.transitioned", "model_version.updated",
        "prediction_set.created",
        "reference.captured",
        "registered_model.created", "registered_model.deleted", "registered_model.renamed", "registered_model.updated",
        "run.created", "run.deleted", "run.finished", "run.purged", "run.restored", "run.updated",
        "scorer.deleted", "scorer.online_scoring_set", "scorer.registered",
        "transition_request.approved", "transition_request.commented", "transition_request.created",
        "transition_request.rejected",
        "webhook.created", "webhook.deleted", "webhook.updated",
    ]
}
