import Kernel
package import Ledger
import Registry

extension ServingService {
    /// Brings back what an endpoint served before, policy and variants, without deploying it anew; asked again, what it
    /// served before that.
    ///
    /// What was served shortly before is still loaded; else it is loaded first, while what is served goes on. Steps whose
    /// versions have been deleted since, or are called otherwise, are skipped. What is left is not brought back by a further rollback.
    /// - Returns: the endpoint, ready.
    /// - Throws: `ENDPOINT_NOT_FOUND`; `RESOURCE_CONFLICT` when there is nothing to go back to, when it can't be loaded, or
    ///   when another change of the endpoint has come first; `NOT_IMPLEMENTED` or `TEMPORARILY_UNAVAILABLE` when the engine
    ///   is missing or busy.
    package func rollBack(_ name: String, by actor: Actor) async throws -> Endpoint {
        guard let asked = routes[name] else { throw Self.notFound(name) }
        let prepared = try await prepareRollback(of: asked)
        return try await deployments.take {
            guard let served = self.routes[name] else { throw Self.notFound(name) }
            guard served.history.steps.first?.policyVersion == asked.history.steps.first?.policyVersion else {
                // Two who go back from the same are to come to the same.
                throw MartletError(
                    .resourceConflict,
                    "Endpoint \"\(name)\" was changed meanwhile, so it was not rolled back. Look at what it serves now,"
                        + " and roll back again if that is meant."
                )
            }
            guard let way = try await self.wayBack(from: served) else { throw Self.noWayBack(from: served) }
            let (variants, models) = try await self.brought(by: way, to: served, prepared)
            let endpoint = Endpoint(
                name: name,
                policyVersion: served.endpoint.policyVersion + 1,
                policy: way.endpoint.policy,
                variants: variants
            )
            var details = endpoint.trafficDetails
            details["from_policy_version"] = .integer(Int64(served.endpoint.policyVersion))
            if !way.skipped.isEmpty { details["skipped"] = .array(way.skipped.map { .string($0.versionNames) }) }
            try await self.commit(
                EndpointChange(
                    endpoint: endpoint,
                    models: models,
                    history: way.history,
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

    /// Where a rollback of `served` leads now; nil for nowhere.
    ///
    /// - Throws: ``DatabaseError``.
    func wayBack(from served: ServedEndpoint) async throws -> WayBack? {
        served.history.wayBack(from: served.endpoint, try await stillThere([served.history]))
    }

    /// The variants of `histories` whose versions are registered as they were when they were served.
    ///
    /// - Throws: ``DatabaseError``.
    func stillThere(_ histories: [EndpointHistory]) async throws -> Set<Variant.Identity> {
        let wanted = histories.reduce(into: Set<Variant.Identity>()) { $0.formUnion($1.identities) }
        guard !wanted.isEmpty else { return [] }
        let digests = try await registry.digests(of: Set(wanted.map(\.number)))
        return wanted.filter { digests[$0.number] == $0.digest }
    }

    /// The models of what was served before, as far as they are not there; what can't be gone back to is refused later.
    private func prepareRollback(of served: ServedEndpoint) async throws -> [PreparedModel] {
        guard let former = try await wayBack(from: served)?.endpoint else { return [] }
        return try await loading(former) {
            var versions: [ModelVersion] = []
            for variant in former.variants {
                versions.append(try await self.registry.version(variant.modelName, .number(variant.version)))
            }
            return try await self.prepare(versions, at: served)
        }
    }

    /// The variants that `way` leads to, and their models.
    private func brought(
        by way: WayBack,
        to served: ServedEndpoint,
        _ prepared: [PreparedModel]
    ) async throws -> (variants: [Variant], models: [LoadedModel?]) {
        try await loading(way.endpoint) {
            var variants = way.endpoint.variants
            var models: [LoadedModel?] = []
            for index in variants.indices {
                let (name, number) = (variants[index].modelName, variants[index].version)
                let version = try await self.registry.version(name, .number(number))
                let loaded = try await self.model(of: version, at: served, prepared)
                guard loaded.digest == variants[index].digest else {
                    throw MartletError(.resourceConflict, "its files are not those that were deployed")
                }
                variants[index].serve(loaded.model)
                models.append(loaded.model)
            }
            return (variants, models)
        }
    }

    /// What `body` answers; when `former` can't be loaded, why, and that nothing was changed.
    private func loading<Value>(_ former: Endpoint, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as MartletError {
            // Nothing is wrong with the request, which says no more than that it wants to go back.
            let isRequest = error.code == .invalidParameterValue || error.code == .resourceDoesNotExist
            throw MartletError(
                isRequest ? .resourceConflict : error.code,
                "Endpoint \"\(former.name)\" can't go back to \(former.versionNames), and serves what it did; a version"
                    + " further back can be deployed. Why: \(error.message)",
                cause: error
            )
        }
    }

    private static func noWayBack(from served: ServedEndpoint) -> MartletError {
        let gone = served.history.steps.map(\.versionNames)
        let why =
            gone.isEmpty
            ? "nothing was served before what it serves now"
            : "what it served before has been renamed or deleted: \(gone.joined(separator: "; "))"
        return MartletError(
            .resourceConflict,
            "Endpoint \"\(served.endpoint.name)\" has nothing to go back to: \(why). Deploy a version to it."
        )
    }
}

extension Endpoint {
    /// The versions that it serves, for who reads.
    fileprivate var versionNames: String {
        variants.map { "version \($0.version) of \($0.modelName)" }.joined(separator: " and ")
    }
}

extension Variant.Identity {
    fileprivate var number: VersionNumber { VersionNumber(modelName: modelName, number: version) }
}
