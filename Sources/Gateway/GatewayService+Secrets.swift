import Database
import Kernel
package import Ledger
import Outbound

/// Secrets.
extension GatewayService {
    /// Keeps a secret, sealed.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for bad fields, and for an address among the settings that may not be asked;
    ///   `RESOURCE_ALREADY_EXISTS` when the name is taken; `RESOURCE_EXHAUSTED` when there are too many.
    package func createSecret(_ new: NewGatewaySecret, by actor: Actor) async throws -> GatewaySecret {
        try GatewayRules.check(new)
        let secret = GatewaySecretStore.Sealed(
            id: Self.newID("s"),
            name: new.name,
            values: secrets.seal(GatewayTexts.text(new.values)),
            provider: new.provider,
            settings: try await checkedSettings(new.settings),
            history: GatewayHistory(at: clock.now(), by: new.user)
        )
        try await database.write { [self] connection in
            guard try GatewaySecretStore.find(named: secret.name, on: connection) == nil else {
                throw Self.taken("Secret", secret.name)
            }
            guard try GatewaySecretStore.count(on: connection) < GatewayRules.countMax else {
                throw Self.exhausted("secrets", GatewayRules.countMax)
            }
            try Self.unique("Secret", secret.name) { try GatewaySecretStore.insert(secret, on: connection) }
            try record("gateway_secret.created", secret, by: actor, on: connection)
        }
        return shown(secret)
    }

    /// A secret by its id.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func secret(_ id: String) async throws -> GatewaySecret {
        shown(try await database.read { try Self.secret(id, on: $0) })
    }

    /// All secrets, or those for a provider, in the order in which they were made.
    ///
    /// - Throws: ``DatabaseError``.
    package func secrets(of provider: String?) async throws -> [GatewaySecret] {
        try await database.read { try GatewaySecretStore.list(of: provider, on: $0) }.map(shown)
    }

    /// Puts other values in place of a secret's, or other settings; nil leaves them as they are.
    ///
    /// The values go where the address leads, so another address comes with new values: else who may change a secret
    /// could have it sent to himself.
    /// - Throws: `INVALID_PARAMETER_VALUE` as ``createSecret(_:by:)``, and for another address without values;
    ///   `RESOURCE_DOES_NOT_EXIST`.
    package func updateSecret(
        _ id: String,
        values: [String: String]?,
        settings: [String: String]?,
        user: String?,
        by actor: Actor
    ) async throws -> GatewaySecret {
        if let values { try GatewayRules.check(values: values) }
        var checked: [String: String]?
        if let settings {
            try GatewayRules.check(settings: settings)
            checked = try await checkedSettings(settings)
        }
        let now = clock.now()
        let sealed = values.map { secrets.seal(GatewayTexts.text($0)) }
        return shown(
            try await database.write { [self, checked] connection in
                var secret = try Self.secret(id, on: connection)
                let address = (checked ?? secret.settings)[GatewayRules.address]
                guard sealed != nil || address == secret.settings[GatewayRules.address] else {
                    throw GatewayRules.invalid(
                        "Another '\(GatewayRules.address)' needs the values anew: give 'secret_value' too."
                    )
                }
                secret.values = sealed ?? secret.values
                secret.settings = checked ?? secret.settings
                secret.history = secret.history.changed(at: now, by: user)
                try GatewaySecretStore.update(secret, on: connection)
                try record("gateway_secret.updated", secret, by: actor, on: connection)
                return secret
            }
        )
    }

    /// Deletes a secret; model definitions that named it have none from then on.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func deleteSecret(_ id: String, by actor: Actor) async throws {
        try await database.write { [self] connection in
            let secret = try Self.secret(id, on: connection)
            try GatewaySecretStore.delete(id, on: connection)
            try record("gateway_secret.deleted", secret, by: actor, on: connection)
        }
    }

    static func secret(_ id: String, on connection: any SQLConnection) throws -> GatewaySecretStore.Sealed {
        guard let secret = try GatewaySecretStore.find(id, on: connection) else {
            throw missing("GatewaySecret", "secret_id", id)
        }
        return secret
    }

    /// The secret as it may be shown.
    private func shown(_ secret: GatewaySecretStore.Sealed) -> GatewaySecret {
        // Under another key or passphrase than it was sealed with, nothing of it can be shown.
        let values = secrets.open(secret.values).flatMap { try? GatewayTexts.texts($0) } ?? [:]
        return GatewaySecret(
            id: secret.id,
            name: secret.name,
            maskedValues: values.mapValues(GatewaySecret.masked),
            provider: secret.provider,
            settings: secret.settings,
            history: secret.history
        )
    }

    /// The settings with an address that may be asked, or without any where it is blank.
    private func checkedSettings(_ settings: [String: String]) async throws -> [String: String] {
        guard let given = settings[GatewayRules.address] else { return settings }
        var settings = settings
        let address = given.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        settings[GatewayRules.address] = address.isEmpty ? nil : address
        guard !address.isEmpty else { return settings }
        do {
            try await http.check(address)
        } catch let error as OutboundError {
            throw GatewayRules.invalid("Gateway secret api_base \(error.reason).")
        }
        return settings
    }

    private func record(
        _ action: String,
        _ secret: GatewaySecretStore.Sealed,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        var details: JSONObject = ["name": .string(secret.name)]
        if let provider = secret.provider { details["provider"] = .string(provider) }
        try record(action, Subject("gateway_secret", secret.id), details, by: actor, on: connection)
    }
}
