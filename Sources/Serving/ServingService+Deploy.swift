import Database
import Inference
import Kernel
package import Ledger
package import Registry

extension ServingService {
    /// Loads a model version, warms it up, and serves it under an endpoint's name in place of what is served there.
    ///
    /// Until all that has gone well the old version answers; it goes on doing so when it does not go well. A version whose
    /// files are being read is waited for, up to 20 seconds. Meanwhile, and while the model is loaded, other endpoints are
    /// changed, and this one is undeployed or rolled back. The endpoint's policy is `single` afterwards.
    /// - Parameters:
    ///   - modelName: the registered model.
    ///   - selector: which version of it.
    ///   - endpointName: the endpoint, by default called like the model.
    ///   - wishes: how the model is to be run.
    ///   - actor: who asks for it.
    /// - Returns: the endpoint, ready.
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when there is no such version; `INVALID_PARAMETER_VALUE` when it is not
    ///   pinned, has no flavor that can be served, or cannot be loaded; `RESOURCE_CONFLICT` when a file has changed since it was
    ///   registered; `TEMPORARILY_UNAVAILABLE` when its files are still being read; `NOT_IMPLEMENTED` when the engine is not installed.
    package func deploy(
        _ modelName: String,
        _ selector: VersionSelector,
        to endpointName: String? = nil,
        _ wishes: EndpointWishes = .none,
        by actor: Actor
    ) async throws -> Endpoint {
        let name = endpointName ?? modelName
        try Endpoint.validate(name: name)
        // Before the turn, so that others are not held up.
        _ = try await registry.version(modelName, selector, waitingForPin: pinWaitMax)
        return try await loads.take(name) {
            let version = try await self.registry.version(modelName, selector)
            let settings = wishes.applied(to: try await self.settings(name))
            let prepared = try await PreparedModel(version, settings, by: self.loader)
            return try await self.deploy(modelName, selector, to: name, wishes, prepared, by: actor)
        }
    }

    /// The same in its turn, with what was loaded before it, if that is still what is meant.
    private func deploy(
        _ modelName: String,
        _ selector: VersionSelector,
        to name: String,
        _ wishes: EndpointWishes,
        _ prepared: PreparedModel,
        by actor: Actor
    ) async throws -> Endpoint {
        try await deployments.take {
            let version = try await self.registry.version(modelName, selector)
            let settings = wishes.applied(to: try await self.settings(name))
            var loaded = prepared
            if !prepared.isStill(version, settings) {
                loaded = try await PreparedModel(version, settings, by: self.loader)
            }
            let old = try await self.database.read { try EndpointStore.endpoint(name, on: $0) }
            var variant = Variant(
                name: Self.variantName(of: version, among: old?.endpoint.variants ?? []),
                modelName: version.modelName,
                version: version.number,
                digest: loaded.digest,
                deployedAt: self.clock.now(),
                deployedBy: actor
            )
            variant.serve(loaded.model)
            let endpoint = Endpoint(
                name: name,
                policyVersion: (old?.endpoint.policyVersion ?? 0) + 1,
                policy: .single,
                variants: [variant]
            )
            try self.checkContract(of: name, endpoint.variants, [loaded.model])
            try await self.commit(
                EndpointChange(
                    endpoint: endpoint,
                    models: [loaded.model],
                    settings: settings,
                    previous: old?.endpoint.afterwards,
                    activity: "endpoint.deployed",
                    details: variant.details,
                    topics: ["models"]
                ),
                by: actor
            )
            return endpoint
        }
    }

    /// Ends an endpoint; requests that have begun are answered.
    ///
    /// - Throws: `ENDPOINT_NOT_FOUND`.
    package func undeploy(_ name: String, by actor: Actor) async throws {
        try await deployments.take {
            try await self.database.write { connection in
                guard let endpoint = try EndpointStore.endpoint(name, on: connection)?.endpoint else {
                    throw Self.notFound(name)
                }
                try EndpointStore.delete(name, on: connection)
                try EndpointSettingsStore.delete(name, on: connection)
                try ContractStore.delete(name, on: connection)
                for variant in endpoint.variants {
                    try InUseStore.remove(variant.versionSubject, heldBy: endpoint.subject, on: connection)
                }
                try self.activities.record(
                    NewActivity(
                        actor,
                        "endpoint.undeployed",
                        endpoint.subject,
                        details: endpoint.primary.details,
                        topics: ["endpoints", "endpoint:\(name)", "models"]
                    ),
                    on: connection
                )
            }
            self.change { $0.removing(name) }
            self.kept.keep([:], for: name, since: self.clock.now())
        }
    }

    /// How the endpoint called `name` runs its models.
    func settings(_ name: String) async throws -> EndpointSettings {
        try await database.read { try EndpointSettingsStore.settings(name, on: $0) } ?? EndpointSettings()
    }

    /// What a variant of `version` is called beside `others`: as one of the same version is already, else by its
    /// number.
    static func variantName(of version: ModelVersion, among others: [Variant]) -> String {
        let same = others.first { $0.modelName == version.modelName && $0.version == version.number }
        if let same { return same.name }
        let short = "v\(version.number)"
        guard others.contains(where: { $0.name == short }) else { return short }
        return "\(version.modelName)-\(short)"
    }
}

extension Variant {
    /// What an activity tells of it.
    var details: JSONObject {
        [
            "model_name": .string(modelName), "model_version": .string(String(version)),
            "digest": .string(digest.description),
        ]
    }
}

extension Endpoint {
    /// The endpoint as something to go back to. A canary is left for good: what it was is not kept.
    var afterwards: Endpoint? {
        if case .canary = policy { nil } else { self }
    }
}
