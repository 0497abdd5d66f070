import Gateway
import Kernel
import Ledger
import TestSupport
import Testing

@Suite("A model definition of the gateway")
struct GatewayModelTests {
    @Test("names a model and the secret for it, and changes", arguments: DatabaseBackend.allCases)
    func life(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let gateway = world.gateway
            let made = try await world.model()
            #expect(made.id.wholeMatch(of: /d-[0-9a-f]{32}/) != nil && made.secretName == "key of model")
            #expect(try await gateway.model(made.id).modelName == "gpt-4")
            let other = try await world.secret("other", provider: "anthropic")
            var change = GatewayModelChange()
            change.provider = "anthropic"
            change.modelName = "claude"
            change.secretID = other.id
            change.user = "eve"
            let changed = try await gateway.updateModel(made.id, change, by: .local)
            #expect(changed.provider == "anthropic" && changed.modelName == "claude" && changed.secretName == "other")
            #expect(changed.name == "model" && changed.history.updatedBy == "eve")
            let found = try await gateway.model(made.id)
            #expect(found.secretID == other.id && found.secretName == "other" && found.provider == "anthropic")
            #expect(try await gateway.models(of: "anthropic", with: other.id).map(\.id) == [made.id])
            #expect(try await gateway.models(of: "openai", with: nil).isEmpty)
            try await gateway.deleteModel(made.id, by: .local)
            await expectRefusal(.resourceDoesNotExist, "GatewayModelDefinition not found (model_definition_id='d-") {
                try await gateway.model(made.id)
            }
            let actions = try await world.told().map(\.action).filter { $0.hasPrefix("gateway_model.") }
            #expect(actions == ["gateway_model.created", "gateway_model.updated", "gateway_model.deleted"])
        }
    }

    @Test("stays without a secret when that is deleted", arguments: DatabaseBackend.allCases)
    func orphan(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let endpoint = try await world.endpoint()
            let model = try #require(endpoint.links.first?.model)
            try await world.gateway.deleteSecret(try #require(model.secretID), by: .local)
            let left = try #require(try await world.gateway.endpoint(id: endpoint.id, name: nil).links.first?.model)
            #expect(left.id == model.id && left.secretID == nil && left.secretName == nil)
        }
    }

    @Test("needs a secret that is there and a name of its own", arguments: DatabaseBackend.allCases)
    func refused(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let gateway = world.gateway
            let one = try await world.model("one")
            let two = try await world.model("two")
            let nowhere = NewGatewayModel(name: "x", secretID: "s-0", provider: "openai", modelName: "gpt-4")
            await expectRefusal(.resourceDoesNotExist, "GatewaySecret not found (secret_id='s-0')") {
                try await gateway.createModel(nowhere, by: .local)
            }
            let secret = try #require(one.secretID)
            let again = NewGatewayModel(name: "one", secretID: secret, provider: "openai", modelName: "gpt-4")
            await expectRefusal(.resourceAlreadyExists, "Model definition with name 'one' already exists") {
                try await gateway.createModel(again, by: .local)
            }
            var change = GatewayModelChange()
            change.name = "one"
            await expectRefusal(.resourceAlreadyExists, "Model definition with name 'one' already exists") {
                try await gateway.updateModel(two.id, change, by: .local)
            }
            #expect(try await gateway.updateModel(one.id, change, by: .local).name == "one")
        }
    }

    @Test("stays while an endpoint has it", arguments: DatabaseBackend.allCases)
    func attached(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let endpoint = try await world.endpoint()
            let id = try #require(endpoint.links.first?.model.id)
            await expectRefusal(.resourceConflict, "Cannot delete model definition that is currently in use") {
                try await world.gateway.deleteModel(id, by: .local)
            }
            try await world.gateway.deleteEndpoint(endpoint.id, by: .local)
            try await world.gateway.deleteModel(id, by: .local)
        }
    }

    @Test("is of a provider that says what it wants")
    func access() {
        #expect(GatewayProviders.names.contains("openai") && GatewayProviders.names == GatewayProviders.names.sorted())
        let simple = GatewayAccess(of: "somebody").modes
        #expect(simple.map(\.name) == ["api_key"])
        #expect(
            simple[0].fields.map(\.name) == ["api_key", "api_base"]
                && simple[0].fields.map(\.isSecret) == [true, false]
        )
        let bedrock = GatewayAccess(of: "Amazon-Bedrock").modes
        #expect(bedrock.map(\.name) == ["api_key", "access_keys", "iam_role", "default_chain"])
        #expect(bedrock[1].fields.filter(\.isSecret).map(\.name) == ["aws_access_key_id", "aws_secret_access_key"])
        for provider in GatewayProviders.names {
            #expect(!GatewayAccess(of: provider).modes.isEmpty, "\(provider)")
        }
    }
}
