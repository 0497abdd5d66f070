import Database
import Kernel
package import Ledger

/// The models of endpoints, and what uses endpoints.
extension GatewayService {
    /// Attaches a model definition to an endpoint.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for bad fields; `RESOURCE_DOES_NOT_EXIST`; `RESOURCE_ALREADY_EXISTS` when
    ///   the endpoint has it already in this part; `RESOURCE_EXHAUSTED` when it has too many.
    package func attach(
        _ link: NewGatewayLink,
        to endpointID: String,
        user: String?,
        by actor: Actor
    ) async throws -> GatewayLink {
        try GatewayRules.check([link])
        let id = Self.newID("m")
        let now = clock.now()
        return try await database.write { [self] connection in
            var endpoint = try Self.endpoint(endpointID, on: connection)
            _ = try Self.model(link.modelID, on: connection)
            guard !endpoint.links.contains(where: { $0.model.id == link.modelID && $0.kind == link.kind }) else {
                throw MartletError(
                    .resourceAlreadyExists,
                    "Model definition '\(link.modelID)' is already attached to endpoint '\(endpointID)'"
                )
            }
            guard endpoint.links.count < GatewayRules.linksMax else {
                throw Self.exhausted("models on the endpoint", GatewayRules.linksMax)
            }
            endpoint.history = endpoint.history.changed(at: now, by: user)
            try GatewayEndpointStore.update(endpoint, on: connection)
            try Self.attach([link], to: endpointID, ids: [id], at: now, by: user, on: connection)
            try record("gateway_endpoint.updated", endpoint, by: actor, on: connection)
            guard let made = try Self.endpoint(endpointID, on: connection).links.first(where: { $0.id == id }) else {
                throw DatabaseError(.unexpectedValue, "a model that was attached is not there")
            }
            return made
        }
    }

    /// Detaches a model definition from an endpoint: of its parts in it, the one that was attached first.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the endpoint is not there, or does not have it.
    package func detach(_ modelID: String, from endpointID: String, by actor: Actor) async throws {
        let now = clock.now()
        try await database.write { [self] connection in
            var endpoint = try Self.endpoint(endpointID, on: connection)
            guard let link = endpoint.links.first(where: { $0.model.id == modelID }) else {
                throw MartletError(
                    .resourceDoesNotExist,
                    "Model definition '\(modelID.prefix(200))' is not attached to endpoint '\(endpointID)'"
                )
            }
            try GatewayLinkStore.delete(link.id, on: connection)
            endpoint.history = endpoint.history.changed(at: now, by: nil)
            try GatewayEndpointStore.update(endpoint, on: connection)
            try record("gateway_endpoint.updated", endpoint, by: actor, on: connection)
        }
    }

    static func attach(
        _ links: [NewGatewayLink],
        to endpointID: String,
        ids: [String],
        at time: Timestamp,
        by user: String?,
        on connection: any SQLConnection
    ) throws {
        let wanted = Set(links.map(\.modelID))
        let missing = wanted.subtracting(try GatewayModelStore.known(wanted, on: connection)).sorted()
        guard missing.isEmpty else {
            throw MartletError(
                .resourceDoesNotExist,
                "Model definitions not found: \(missing.joined(separator: ", ").prefix(1000))"
            )
        }
        try GatewayLinkStore.append(links, to: endpointID, ids: ids, at: time, by: user, on: connection)
    }
}

/// What uses endpoints.
extension GatewayService {
    /// Notes that something uses an endpoint.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for bad fields; `RESOURCE_DOES_NOT_EXIST`; `RESOURCE_ALREADY_EXISTS` when it
    ///   is noted; `RESOURCE_EXHAUSTED` when there are too many notes.
    package func bind(
        _ endpointID: String,
        to resource: GatewayBinding.Resource,
        _ resourceID: String,
        user: String?,
        by actor: Actor
    ) async throws -> GatewayBinding {
        try GatewayRules.check(resource: resourceID, user: user)
        let binding = GatewayBinding(
            endpointID: endpointID,
            resource: resource,
            resourceID: resourceID,
            displayName: nil,
            history: GatewayHistory(at: clock.now(), by: user)
        )
        try await database.write { [self] connection in
            let endpoint = try Self.endpoint(endpointID, on: connection)
            guard try GatewayBindingStore.list(endpointID, resource.rawValue, resourceID, on: connection).isEmpty else {
                throw MartletError(
                    .resourceAlreadyExists,
                    "The \(resource.rawValue) '\(resourceID)' is already bound to endpoint '\(endpointID)'"
                )
            }
            guard try GatewayBindingStore.count(on: connection) < GatewayRules.bindingsMax else {
                throw Self.exhausted("bindings", GatewayRules.bindingsMax)
            }
            try GatewayBindingStore.insert(binding, scorerID: nil, on: connection)
            try record("gateway_endpoint.bound", endpoint, to: resourceID, by: actor, on: connection)
        }
        return binding
    }

    /// Takes back the note that something uses an endpoint.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func unbind(
        _ endpointID: String,
        from resource: String,
        _ resourceID: String,
        by actor: Actor
    ) async throws {
        try await database.write { [self] connection in
            let endpoint = try GatewayEndpointStore.find(endpointID, on: connection)
            guard let endpoint, try GatewayBindingStore.delete(endpointID, resource, resourceID, on: connection) else {
                let names = [("endpoint_id", endpointID), ("resource_type", resource), ("resource_id", resourceID)]
                let which = names.map { "\($0)='\($1.prefix(200))'" }.joined(separator: ", ")
                throw MartletError(.resourceDoesNotExist, "GatewayEndpointBinding not found (\(which))")
            }
            try record("gateway_endpoint.unbound", endpoint, to: resourceID, by: actor, on: connection)
        }
    }

    /// What uses endpoints, narrowed to an endpoint, a kind and a thing as far as they are given.
    ///
    /// - Throws: ``DatabaseError``.
    package func bindings(
        of endpointID: String?,
        to resource: String?,
        _ resourceID: String?
    ) async throws -> [GatewayBinding] {
        try await database.read { try GatewayBindingStore.list(endpointID, resource, resourceID, on: $0) }
    }

    private func record(
        _ action: String,
        _ endpoint: GatewayEndpoint,
        to resourceID: String,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        let details: JSONObject = ["name": .string(endpoint.name), "resource_id": .string(resourceID)]
        try record(action, Subject("gateway_endpoint", endpoint.id), details, by: actor, on: connection)
    }
}
