import Gateway
import Kernel
import Tracking

/// The gateway's things as MLflow's clients know them.
extension JSONWriter {
    /// A secret, its values masked.
    mutating func gatewaySecret(_ secret: GatewaySecret) {
        object { writer in
            writer.member("secret_id", secret.id)
            writer.member("secret_name", secret.name)
            writer.member("masked_values", texts: secret.maskedValues)
            writer.member("provider", ifPresent: secret.provider)
            writer.member("auth_config", texts: secret.settings)
            writer.history(secret.history)
        }
    }

    /// A model definition.
    mutating func gatewayModel(_ model: GatewayModel) {
        object { writer in
            writer.member("model_definition_id", model.id)
            writer.member("name", model.name)
            writer.member("secret_id", ifPresent: model.secretID)
            writer.member("secret_name", ifPresent: model.secretName)
            writer.member("provider", model.provider)
            writer.member("model_name", model.modelName)
            writer.history(model.history)
        }
    }

    /// An endpoint.
    mutating func gatewayEndpoint(_ endpoint: GatewayEndpoint) {
        object { writer in
            writer.member("endpoint_id", endpoint.id)
            writer.member("name", endpoint.name)
            writer.member("model_mappings", unlessEmpty: endpoint.links) { $0.gatewayLink($1) }
            writer.member("tags", unlessEmpty: endpoint.tags) { writer, tag in
                writer.object { writer in
                    writer.member("key", tag.key)
                    writer.member("value", tag.value)
                }
            }
            writer.member("routing_strategy", ifPresent: endpoint.routing?.rawValue)
            if let fallback = endpoint.fallback {
                writer.member("fallback_config") { writer in
                    writer.member("strategy", ifPresent: fallback.strategy?.rawValue)
                    if let attempts = fallback.attemptsMax { writer.member("max_attempts", attempts) }
                }
            }
            writer.member("experiment_id", ifPresent: endpoint.experimentID?.description)
            writer.member("usage_tracking", endpoint.tracksUsage)
            writer.history(endpoint.history)
        }
    }

    /// A model's part in an endpoint.
    mutating func gatewayLink(_ link: GatewayLink) {
        object { writer in
            writer.member("mapping_id", link.id)
            writer.member("endpoint_id", link.endpointID)
            writer.member("model_definition_id", link.model.id)
            writer.name("model_definition")
            writer.gatewayModel(link.model)
            writer.name("weight")
            writer.value(link.weight)
            writer.member("linkage_type", link.kind.rawValue)
            if let order = link.fallbackOrder { writer.member("fallback_order", order) }
            writer.member("created_at", link.createdAt)
            writer.member("created_by", ifPresent: link.createdBy)
        }
    }

    /// A use of an endpoint.
    mutating func gatewayBinding(_ binding: GatewayBinding) {
        object { writer in
            writer.member("endpoint_id", binding.endpointID)
            writer.member("resource_type", binding.resource.rawValue)
            writer.member("resource_id", binding.resourceID)
            writer.member("display_name", ifPresent: binding.displayName)
            writer.history(binding.history)
        }
    }

    /// The ways in at a provider.
    mutating func gatewayAccess(_ access: GatewayAccess) {
        object { writer in
            writer.member("auth_modes", unlessEmpty: access.modes) { writer, mode in
                writer.object { writer in
                    writer.member("mode", mode.name)
                    writer.member("display_name", mode.title)
                    writer.member("description", mode.description)
                    writer.fields("secret_fields", mode.fields.filter(\.isSecret))
                    writer.fields("config_fields", mode.fields.filter { !$0.isSecret })
                }
            }
            writer.member("default_mode", ifPresent: access.modes.first?.name)
        }
    }

    private mutating func fields(_ name: StaticString, _ fields: [GatewayAccess.Field]) {
        self.name(name)
        array { writer in
            for field in fields {
                writer.object { writer in
                    writer.member("name", field.name)
                    writer.member("type", "string")
                    writer.member("description", field.description)
                    writer.member("required", field.isRequired)
                    writer.member("default", ifPresent: field.standard)
                }
            }
        }
    }

    private mutating func history(_ history: GatewayHistory) {
        member("created_at", history.createdAt)
        member("last_updated_at", history.updatedAt)
        member("created_by", ifPresent: history.createdBy)
        member("last_updated_by", ifPresent: history.updatedBy)
    }

    private mutating func member(_ name: StaticString, texts: [String: String]) {
        guard !texts.isEmpty else { return }
        member(name) { writer in
            for (key, text) in texts.sorted(by: { $0.key < $1.key }) {
                writer.name(data: key)
                writer.value(text)
            }
        }
    }
}
