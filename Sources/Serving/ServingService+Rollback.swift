import Kernel
package import Ledger
import Registry

extension ServingService {
    /// Brings back what an endpoint served before, policy and variants, without deploying it anew.
    ///
    /// What was served shortly before is still loaded; else it is loaded first, while what is served goes on. After that a
    /// further rollback brings back what was left, unless that was a canary.
    /// - Returns: the endpoint, ready.
    /// - Throws: `ENDPOINT_NOT_FOUND`; `RESOURCE_CONFLICT` when there is nothing to go back to, or files are not what they
    ///   were; `RESOURCE_DOES_NOT_EXIST` when the version has been deleted since; otherwise as
    ///   ``deploy(_:_:to:by:)``.
    package func rollBack(_ name: String, by actor: Actor) async throws -> Endpoint {
        let prepared = try await prepareRollback(of: name)
        return try await deployments.take {
            guard let served = self.routes[name] else { throw Self.notFound(name) }
            guard let previous = served.previous else {
                throw MartletError(
                    .resourceConflict,
                    "Endpoint \"\(name)\" has nothing to go back to: nothing was served before, or a canary that is left"
                        + " for good. Deploy a version to it."
                )
            }
            var variants = previous.variants
            var models: [LoadedModel] = []
            for index in variants.indices {
                let model = try await self.model(of: variants[index], at: served, prepared)
                variants[index].serve(model)
                models.append(model)
            }
            let endpoint = Endpoint(
                name: name,
                policyVersion: served.endpoint.policyVersion + 1,
                policy: previous.policy,
                variants: variants
            )
            var details = endpoint.trafficDetails
            details["from_policy_version"] = .integer(Int64(served.endpoint.policyVersion))
            try await self.commit(
                EndpointChange(
                    endpoint: endpoint,
                    models: models,
                    previous: served.endpoint.afterwards,
                    ending: (.rolledBack, "Rolled back by \(actor.name)."),
                    activity: "endpoint.rolled_back",
                    details: details,
                    topics: ["models"]
                ),
                by: actor
            )
            return endpoint
        }
    }

    /// The models of what was served before, as far as they are not there; what can't be gone back to is refused later.
    private func prepareRollback(of name: String) async throws -> [PreparedModel] {
        guard let served = routes[name] else { throw Self.notFound(name) }
        var versions: [ModelVersion] = []
        for variant in served.previous?.variants ?? [] {
            let version = try await registry.version(variant.modelName, .number(variant.version))
            if version.pin == .pinned(variant.digest) { versions.append(version) }
        }
        return try await prepare(versions, at: served)
    }

    /// The model of a former variant, whose version must still be there and be the same.
    private func model(
        of variant: Variant,
        at served: ServedEndpoint,
        _ prepared: [PreparedModel]
    ) async throws -> LoadedModel {
        let version = try await registry.version(variant.modelName, .number(variant.version))
        guard version.pin == .pinned(variant.digest) else { throw Self.changed(variant) }
        let loaded = try await model(of: version, at: served, prepared)
        guard loaded.digest == variant.digest else { throw Self.changed(variant) }
        return loaded.model
    }

    private static func changed(_ variant: Variant) -> MartletError {
        MartletError(
            .resourceConflict,
            "The files of Model Version (name=\(variant.modelName), version=\(variant.version)) are not those that were"
                + " deployed"
        )
    }
}
