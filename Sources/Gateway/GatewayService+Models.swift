import Database
import Kernel
package import Ledger

/// Model definitions.
extension GatewayService {
    /// Makes a model definition.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for bad fields; `RESOURCE_DOES_NOT_EXIST` when there is no such secret;
    ///   `RESOURCE_ALREADY_EXISTS` when the name is taken; `RESOURCE_EXHAUSTED` when there are too many.
    package func createModel(_ new: NewGatewayModel, by actor: Actor) async throws -> GatewayModel {
        try GatewayRules.check(new)
        let id = Self.newID("d")
        let now = clock.now()
        return try await database.write { [self] connection in
            let model = GatewayModel(
                id: id,
                name: new.name,
                secretID: new.secretID,
                secretName: try Self.secret(new.secretID, on: connection).name,
                provider: new.provider,
                modelName: new.modelName,
                history: GatewayHistory(at: now, by: new.user)
            )
            guard try GatewayModelStore.find(named: new.name, on: connection) == nil else {
                throw Self.taken("Model definition", new.name)
            }
            guard try GatewayModelStore.count(on: connection) < GatewayRules.countMax else {
                throw Self.exhausted("model definitions", GatewayRules.countMax)
            }
            try Self.unique("Model definition", new.name) { try GatewayModelStore.insert(model, on: connection) }
            try record("gateway_model.created", model, by: actor, on: connection)
            return model
        }
    }

    /// A model definition by its id.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func model(_ id: String) async throws -> GatewayModel {
        try await database.read { try Self.model(id, on: $0) }
    }

    /// All model definitions, or those of a provider and with a secret, in the order in which they were made.
    ///
    /// - Throws: ``DatabaseError``.
    package func models(of provider: String?, with secretID: String?) async throws -> [GatewayModel] {
        try await database.read { try GatewayModelStore.list(of: provider, with: secretID, on: $0) }
    }

    /// Makes a model definition other.
    ///
    /// - Throws: as ``createModel(_:by:)``.
    package func updateModel(_ id: String, _ change: GatewayModelChange, by actor: Actor) async throws -> GatewayModel {
        try GatewayRules.check(change)
        let now = clock.now()
        return try await database.write { [self] connection in
            var model = try Self.model(id, on: connection)
            if let secretID = change.secretID {
                model.secretName = try Self.secret(secretID, on: connection).name
                model.secretID = secretID
            }
            if let name = change.name, name != model.name {
                guard try GatewayModelStore.find(named: name, on: connection) == nil else {
                    throw Self.taken("Model definition", name)
                }
                model.name = name
            }
            model.provider = change.provider ?? model.provider
            model.modelName = change.modelName ?? model.modelName
            model.history = model.history.changed(at: now, by: change.user)
            let changed = model
            try Self.unique("Model definition", changed.name) { try GatewayModelStore.update(changed, on: connection) }
            try record("gateway_model.updated", changed, by: actor, on: connection)
            return changed
        }
    }

    /// Deletes a model definition that no endpoint has.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `RESOURCE_CONFLICT` when an endpoint has it.
    package func deleteModel(_ id: String, by actor: Actor) async throws {
        try await database.write { [self] connection in
            let model = try Self.model(id, on: connection)
            guard try !GatewayModelStore.isAttached(id, on: connection) else {
                // MLflow answers INVALID_STATE with 500, which its clients repeat.
                throw MartletError(
                    .resourceConflict,
                    "Cannot delete model definition that is currently in use by endpoints. Detach it from all endpoints "
                        + "first."
                )
            }
            try GatewayModelStore.delete(id, on: connection)
            try record("gateway_model.deleted", model, by: actor, on: connection)
        }
    }

    static func model(_ id: String, on connection: any SQLConnection) throws -> GatewayModel {
        guard let model = try GatewayModelStore.find(id, on: connection) else {
            throw missing("GatewayModelDefinition", "model_definition_id", id)
        }
        return model
    }

    private func record(
        _ action: String,
        _ model: GatewayModel,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        let details: JSONObject = [
            "name": .string(model.name), "provider": .string(model.provider), "model_name": .string(model.modelName),
        ]
        try record(action, Subject("gateway_model", model.id), details, by: actor, on: connection)
    }
}
