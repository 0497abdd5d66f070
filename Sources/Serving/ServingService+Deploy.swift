import Database
import Inference
import Kernel
package import Ledger
import Logging
package import Registry

extension ServingService {
    /// Loads a model version, warms it up, and serves it under an endpoint's name in place of what is served there.
    ///
    /// Until all that has gone well the old version answers; it goes on doing so when it does not go well. A version whose
    /// files are being read is waited for, up to 20 seconds.
    /// - Parameters:
    ///   - modelName: the registered model.
    ///   - selector: which version of it.
    ///   - endpointName: the endpoint, by default called like the model.
    ///   - wishes: how a model of Python is to be run.
    ///   - actor: who asks for it.
    /// - Returns: the endpoint, ready.
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when there is no such version; `INVALID_PARAMETER_VALUE` when it is not
    ///   pinned, has no flavor that can be served, or cannot be loaded; `RESOURCE_CONFLICT` when a file has changed since it was
    ///   registered; `TEMPORARILY_UNAVAILABLE` when its files are still being read; `NOT_IMPLEMENTED` when the engine is not installed.
    package func deploy(
        _ modelName: String,
        _ selector: VersionSelector,
        to endpointName: String? = nil,
        workers wishes: WorkerWishes = .none,
        by actor: Actor
    ) async throws -> Endpoint {
        let name = endpointName ?? modelName
        try Endpoint.validate(name: name)
        // Before the turn, so that others are not held up.
        _ = try await registry.version(modelName, selector, waitingForPin: pinWaitMax)
        return try await deployments.take {
            let version = try await self.registry.version(modelName, selector)
            let settings = wishes.applied(to: try await self.workerSettings(name))
            let loaded = try await self.loader.load(version, settings)
            var endpoint = Endpoint(
                name: name,
                modelName: version.modelName,
                version: version.number,
                digest: loaded.digest,
                deployedAt: self.clock.now(),
                deployedBy: actor
            )
            try await self.record(endpoint, settings, by: actor)
            endpoint.serve(loaded.model)
            self.serve(endpoint, loaded.model)
            return endpoint
        }
    }

    /// Ends an endpoint; requests that have begun are answered.
    ///
    /// - Throws: `ENDPOINT_NOT_FOUND`.
    package func undeploy(_ name: String, by actor: Actor) async throws {
        try await deployments.take {
            let now = self.clock.now()
            try await self.database.write { connection in
                guard let endpoint = try EndpointStore.endpoint(name, on: connection) else {
                    throw Self.notFound(name)
                }
                try EndpointStore.delete(name, on: connection)
                try WorkerSettingsStore.delete(name, on: connection)
                try InUseStore.remove(endpoint.versionSubject, heldBy: endpoint.subject, on: connection)
                try self.recordActivity("endpoint.undeployed", endpoint, at: now, by: actor, on: connection)
            }
            self.change { $0.removing(name) }
        }
    }

    /// Loads again what was deployed when the server ended. What cannot be loaded is there in state `failed`.
    ///
    /// - Throws: ``DatabaseError``.
    package func restore() async throws {
        try await deployments.take {
            let endpoints = try await self.database.read { try EndpointStore.all(on: $0) }
            for endpoint in endpoints { self.serve(endpoint, nil) }
            for endpoint in endpoints { await self.restore(endpoint) }
            self.noteRestored()
        }
    }

    private func restore(_ endpoint: Endpoint) async {
        var endpoint = endpoint
        do {
            let version = try await registry.version(endpoint.modelName, .number(endpoint.version))
            let loaded = try await loader.load(version, try await workerSettings(endpoint.name))
            guard loaded.digest == endpoint.digest else {
                throw MartletError(.resourceConflict, "The version's files are not those that were deployed")
            }
            endpoint.serve(loaded.model)
            serve(endpoint, loaded.model)
        } catch {
            let metadata: Logger.Metadata = ["endpoint": "\(endpoint.name)", "error": "\(error)"]
            logger.error("an endpoint could not be restored", metadata: metadata)
            endpoint.state = .failed((error as? MartletError)?.message ?? "its model could not be loaded")
            serve(endpoint, nil)
        }
    }

    private func serve(_ endpoint: Endpoint, _ model: LoadedModel?) {
        change { table in
            let statistics = table[endpoint.name]?.statistics ?? EndpointStatistics()
            return table.setting(ServedEndpoint(endpoint, model: model, statistics: statistics))
        }
    }

    /// How the endpoint called `name` runs models of Python.
    private func workerSettings(_ name: String) async throws -> WorkerSettings {
        try await database.read { try WorkerSettingsStore.settings(name, on: $0) } ?? WorkerSettings()
    }

    private func record(_ endpoint: Endpoint, _ settings: WorkerSettings, by actor: Actor) async throws {
        try await database.write { connection in
            if let old = try EndpointStore.endpoint(endpoint.name, on: connection) {
                try InUseStore.remove(old.versionSubject, heldBy: old.subject, on: connection)
            }
            try EndpointStore.save(endpoint, on: connection)
            try WorkerSettingsStore.save(settings, endpoint.name, on: connection)
            try InUseStore.add(endpoint.versionSubject, heldBy: endpoint.subject, on: connection)
            try LineageStore.link(
                from: endpoint.versionSubject,
                relation: "deployed_to",
                to: endpoint.subject,
                at: endpoint.deployedAt,
                on: connection
            )
            try self.recordActivity(
                "endpoint.deployed",
                endpoint,
                at: endpoint.deployedAt,
                by: actor,
                on: connection
            )
        }
    }

    private func recordActivity(
        _ action: String,
        _ endpoint: Endpoint,
        at time: Timestamp,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        let details = JSONObject([
            ("model_name", .string(endpoint.modelName)),
            ("model_version", .string(String(endpoint.version))),
            ("digest", .string(endpoint.digest.description)),
        ])
        let topics = ["endpoints", "endpoint:\(endpoint.name)", "models"]
        try activities.record(
            NewActivity(actor, action, endpoint.subject, details: details, topics: topics),
            on: connection
        )
    }
}

extension Endpoint {
    /// Notes that `model` answers.
    fileprivate mutating func serve(_ model: LoadedModel) {
        state = .ready
        runtime = model.runtime
        inputs = model.inputs
        outputs = model.outputs
    }
}
