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
    ///   registered, or the endpoint was undeployed meanwhile; `TEMPORARILY_UNAVAILABLE` when its files are still being read; `NOT_IMPLEMENTED` when the engine is not installed.
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
        let selector = try await find(modelName, selector, actor)
        _ = try await registry.version(modelName, selector, waitingForPin: pinWaitMax)
        return try await loads.take(name) {
            let wanted = WantedDeployment(
                modelName: modelName,
                selector: selector,
                endpointName: name,
                wishes: wishes,
                wasThere: self.routes[name] != nil,
                actor: actor
            )
            for _ in 0..<WantedDeployment.loadsMax {
                let (version, settings) = try await self.meaning(of: wanted)
                let prepared = try await self.loadPlaces.take {
                    try await PreparedModel(version, settings, by: self.loader)
                }
                if let deployed = try await self.deploy(wanted, prepared) { return deployed }
            }
            throw MartletError(
                .resourceConflict,
                "The version that is meant, or how it is to be run, changed each time while it was loaded; try again"
            )
        }
    }

    private func meaning(of wanted: WantedDeployment) async throws -> (ModelVersion, EndpointSettings) {
        let version = try await registry.version(wanted.modelName, wanted.selector)
        return (version, wanted.wishes.applied(to: try await settings(wanted.endpointName)))
    }

    /// The same in its turn, with what was loaded before it; nil when that is no longer what is meant.
    private func deploy(_ wanted: WantedDeployment, _ prepared: PreparedModel) async throws -> Endpoint? {
        let (name, actor) = (wanted.endpointName, wanted.actor)
        return try await deployments.take {
            guard !wanted.wasThere || self.routes[name] != nil else {
                throw MartletError(.resourceConflict, "Endpoint '\(name)' was undeployed while its model was loaded")
            }
            let (version, settings) = try await self.meaning(of: wanted)
            guard prepared.isStill(version, settings) else { return nil }
            let old = try await self.database.read { try EndpointStore.endpoint(name, on: $0) }
            var variant = Variant(
                name: Self.variantName(of: version, among: old?.endpoint.variants ?? []),
                modelName: version.modelName,
                version: version.number,
                digest: prepared.digest,
                deployedAt: self.clock.now(),
                deployedBy: actor
            )
            variant.serve(prepared.model)
            let endpoint = Endpoint(
                name: name,
                policyVersion: (old?.endpoint.policyVersion ?? 0) + 1,
                policy: .single,
                variants: [variant]
            )
            try self.checkContract(of: name, endpoint.variants, [prepared.model])
            try await self.commit(
                EndpointChange(
                    endpoint: endpoint,
                    models: [prepared.model],
                    settings: settings,
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
            self.kept.letGo(of: name)
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

/// What is to be deployed, and where.
private struct WantedDeployment: Sendable {
    /// How often a model is loaded for one deployment when what is meant changes meanwhile.
    static let loadsMax = 3

    let modelName: String
    let selector: VersionSelector
    let endpointName: String
    let wishes: EndpointWishes
    /// Whether the endpoint was there when the model began to be loaded.
    let wasThere: Bool
    let actor: Actor
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
