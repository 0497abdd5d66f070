import Gateway
import Hummingbird
import Kernel

/// MLflow's calls on the gateway's secrets, and on what providers want of them.
struct GatewaySecretRoutes: Sendable {
    let gateway: GatewayService

    /// Adds the routes below `…/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("gateway/secrets/create", use: create)
        group.get("gateway/secrets/get", use: get)
        group.get("gateway/secrets/list", use: list)
        group.post("gateway/secrets/update", use: update)
        group.delete("gateway/secrets/delete", use: delete)
        group.get("gateway/secrets/config", use: configuration)
        group.get("gateway/supported-providers", use: providers)
        group.get("gateway/supported-models", use: models)
        group.get("gateway/provider-config", use: access)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        guard let values = try fields.texts("secret_value") else { throw fields.missing("secret_value") }
        var new = NewGatewaySecret(name: try fields.requiredString("secret_name"), values: values)
        new.provider = try fields.text("provider")
        new.settings = try fields.texts("auth_config") ?? [:]
        new.user = try fields.text("created_by")
        return answer(try await gateway.createSecret(new, by: context.actor))
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        return answer(try await gateway.secret(try fields.requiredString("secret_id")))
    }

    @Sendable private func list(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let secrets = try await gateway.secrets(of: try fields.text("provider"))
        return .json { $0.object { $0.member("secrets", unlessEmpty: secrets) { $0.gatewaySecret($1) } } }
    }

    @Sendable private func update(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let id = try fields.requiredString("secret_id")
        let secret = try await gateway.updateSecret(
            id,
            values: try fields.texts("secret_value"),
            settings: try fields.texts("auth_config"),
            user: try fields.text("updated_by"),
            by: context.actor
        )
        return answer(secret)
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        try await gateway.deleteSecret(try fields.requiredString("secret_id"), by: context.actor)
        return .emptyObject
    }

    @Sendable private func configuration(_ request: Request, _ context: MartletContext) async throws -> Response {
        .json { writer in
            writer.object { writer in
                writer.member("secrets_available", true)
                writer.member("using_default_passphrase", gateway.usesKeyAlone)
            }
        }
    }

    @Sendable private func providers(_ request: Request, _ context: MartletContext) async throws -> Response {
        .json { $0.object { $0.member("providers", unlessEmpty: GatewayProviders.names) { $0.value($1) } } }
    }

    /// MLflow brings a list of models along, which is old soon after; here is none.
    @Sendable private func models(_ request: Request, _ context: MartletContext) async throws -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("models")
                writer.array { _ in }
            }
        }
    }

    @Sendable private func access(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        guard let provider = try fields.text("provider") else {
            throw MartletError(.invalidParameterValue, "Provider parameter is required")
        }
        let access = GatewayAccess(of: provider)
        return .json { $0.gatewayAccess(access) }
    }

    private func answer(_ secret: GatewaySecret) -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("secret")
                writer.gatewaySecret(secret)
            }
        }
    }
}

extension MLflowFields {
    /// A text; nil when absent or empty.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is of another type.
    func text(_ name: String) throws -> String? {
        try string(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// An object of texts; nil when absent or empty. No message tells what stands in it, which may be secret.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is something else.
    func texts(_ name: String) throws -> [String: String]? {
        guard let value = try value(name) else { return nil }
        guard let members = value.objectValue?.members else {
            throw MartletError(.invalidParameterValue, "'\(name)' must be an object of texts.")
        }
        var texts: [String: String] = [:]
        for member in members {
            guard let text = member.value.stringValue, !text.utf8.contains(0), !member.name.utf8.contains(0) else {
                throw MartletError(.invalidParameterValue, "'\(name)' must hold texts alone, without U+0000.")
            }
            texts[member.name] = text
        }
        return texts.isEmpty ? nil : texts
    }
}
