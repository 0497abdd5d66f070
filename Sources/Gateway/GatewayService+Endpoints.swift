import Database
import Kernel
package import Ledger
package import Tracking

/// Endpoints.
extension GatewayService {
    /// Makes an endpoint of model definitions; where usage is tracked and no experiment named, with an experiment
    /// `gateway/NAME` of its own.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for bad fields; `RESOURCE_DOES_NOT_EXIST` when a model definition or the
    ///   experiment is not there; `RESOURCE_ALREADY_EXISTS` when the name is taken; `RESOURCE_EXHAUSTED` when there are
    ///   too many.
    package func createEndpoint(_ new: GatewayEndpointChange, by actor: Actor) async throws -> GatewayEndpoint {
        try GatewayRules.check(new)
        let links = new.links ?? []
        try GatewayRules.check(links)
        guard let name = new.name else { throw GatewayRules.invalid("Missing value for required parameter 'name'.") }
        let ids = Ids(endpoint: Self.newID("e"), links: links.map { _ in Self.newID("m") })
        let now = clock.now()
        return try await database.write { [self] connection in
            try checkFree(name, on: connection)
            guard try GatewayEndpointStore.count(on: connection) < GatewayRules.countMax else {
                throw Self.exhausted("endpoints", GatewayRules.countMax)
            }
            var endpoint = GatewayEndpoint(
                id: ids.endpoint,
                name: name,
                routing: new.routing,
                fallback: new.fallback ?? (links.contains { $0.kind == .fallback } ? .init() : nil),
                experimentID: nil,
                tracksUsage: new.tracksUsage ?? true,
                history: GatewayHistory(at: now, by: new.user)
            )
            endpoint.experimentID = try experiment(new.experimentID, of: endpoint, by: actor, on: connection)
            let made = endpoint
            try Self.unique("Endpoint", name) { try GatewayEndpointStore.insert(made, on: connection) }
            try Self.attach(links, to: made.id, ids: ids.links, at: now, by: new.user, on: connection)
            try record("gateway_endpoint.created", made, by: actor, on: connection)
            return try Self.endpoint(made.id, on: connection)
        }
    }

    /// An endpoint by its id or by its name; exactly one must be given.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` when neither or both are given.
    package func endpoint(id: String?, name: String?) async throws -> GatewayEndpoint {
        switch (id, name) {
        case (let id?, nil): return try await database.read { try Self.endpoint(id, on: $0) }
        case (nil, let name?):
            let found = try await database.read { try GatewayEndpointStore.find(named: name, on: $0) }
            guard let found else { throw Self.missing("GatewayEndpoint", "name", name) }
            return found
        default: throw GatewayRules.invalid("Exactly one of endpoint_id or name must be provided")
        }
    }

    /// All endpoints, or those with a model of a provider, in the order in which they were made.
    ///
    /// - Throws: ``DatabaseError``.
    package func endpoints(of provider: String?) async throws -> [GatewayEndpoint] {
        try await database.read { try GatewayEndpointStore.list(of: provider, on: $0) }
    }

    /// Makes an endpoint other.
    ///
    /// - Throws: as ``createEndpoint(_:by:)``.
    package func updateEndpoint(
        _ id: String,
        _ change: GatewayEndpointChange,
        by actor: Actor
    ) async throws -> GatewayEndpoint {
        try GatewayRules.check(change)
        let linkIDs = (change.links ?? []).map { _ in Self.newID("m") }
        let now = clock.now()
        return try await database.write { [self] connection in
            var endpoint = try Self.endpoint(id, on: connection)
            if let name = change.name, name != endpoint.name {
                try checkFree(name, on: connection)
                endpoint.name = name
            }
            endpoint.tracksUsage = change.tracksUsage ?? endpoint.tracksUsage
            if change.experimentID != nil || (change.tracksUsage == true && endpoint.experimentID == nil) {
                endpoint.experimentID = try experiment(change.experimentID, of: endpoint, by: actor, on: connection)
            }
            endpoint.routing = change.routing ?? endpoint.routing
            // Other models need another plan for when they fail.
            endpoint.fallback = change.fallback ?? (change.links == nil ? endpoint.fallback : .init())
            endpoint.history = endpoint.history.changed(at: now, by: change.user)
            let changed = endpoint
            try Self.unique("Endpoint", changed.name) { try GatewayEndpointStore.update(changed, on: connection) }
            if let links = change.links {
                try GatewayLinkStore.deleteAll(of: id, on: connection)
                try Self.attach(links, to: id, ids: linkIDs, at: now, by: change.user, on: connection)
            }
            try record("gateway_endpoint.updated", changed, by: actor, on: connection)
            return try Self.endpoint(id, on: connection)
        }
    }

    /// Deletes an endpoint with its tags and what was noted of its use; model definitions stay.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`.
    package func deleteEndpoint(_ id: String, by actor: Actor) async throws {
        try await database.write { [self] connection in
            let endpoint = try Self.endpoint(id, on: connection)
            try GatewayEndpointStore.delete(id, on: connection)
            try record("gateway_endpoint.deleted", endpoint, by: actor, on: connection)
        }
    }

    /// Hangs a tag on an endpoint, in place of one with the same key.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` when the tag is out of bounds;
    ///   `RESOURCE_EXHAUSTED` when there are too many.
    package func setEndpointTag(_ tag: Tracking.Tag, on id: String) async throws {
        try GatewayRules.check(tag: tag.key, tag.value)
        try await database.write { connection in
            let tags = try Self.endpoint(id, on: connection).tags
            guard tags.count < GatewayRules.tagsMax || tags.contains(where: { $0.key == tag.key }) else {
                throw Self.exhausted("tags on the endpoint", GatewayRules.tagsMax)
            }
            try GatewayEndpointStore.setTag(tag.key, tag.value, of: id, on: connection)
        }
    }

    /// Takes a tag off an endpoint; it is well when it is not there.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the endpoint is not there.
    package func deleteEndpointTag(_ key: String, on id: String) async throws {
        try await database.write { connection in
            _ = try Self.endpoint(id, on: connection)
            try GatewayEndpointStore.deleteTag(key, of: id, on: connection)
        }
    }

    private struct Ids: Sendable {
        let endpoint: String
        let links: [String]
    }

    static func endpoint(_ id: String, on connection: any SQLConnection) throws -> GatewayEndpoint {
        guard let endpoint = try GatewayEndpointStore.find(id, on: connection) else {
            throw missing("GatewayEndpoint", "endpoint_id", id)
        }
        return endpoint
    }

    private func checkFree(_ name: String, on connection: any SQLConnection) throws {
        guard try GatewayEndpointStore.find(named: name, on: connection) == nil else {
            throw Self.taken("Endpoint", name)
        }
    }

    /// The experiment that was given, or one of the endpoint's own where its usage is tracked.
    private func experiment(
        _ given: ExperimentID?,
        of endpoint: GatewayEndpoint,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws -> ExperimentID? {
        if let given {
            try tracking.requireExperiment(given, on: connection)
            return given
        }
        guard endpoint.tracksUsage else { return nil }
        let tags = [
            Tag(key: "mlflow.experiment.sourceType", value: "GATEWAY"),
            Tag(key: "mlflow.experiment.sourceId", value: endpoint.id),
            Tag(key: "mlflow.experiment.isGateway", value: "true"),
        ]
        return try tracking.findOrCreateExperiment(
            named: "gateway/\(endpoint.name)",
            tags: tags,
            by: actor,
            on: connection
        )
    }

    func record(
        _ action: String,
        _ endpoint: GatewayEndpoint,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        let details: JSONObject = ["name": .string(endpoint.name)]
        try record(action, Subject("gateway_endpoint", endpoint.id), details, by: actor, on: connection)
    }
}
