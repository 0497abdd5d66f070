import Kernel
package import Ledger
import Registry

extension ServingService {
    /// Brings back what an endpoint served before, policy and variants, without deploying it anew; asked again, what it
    /// served before that.
    ///
    /// What was served shortly before is still loaded; else it is loaded first, while what is served goes on. Steps whose
    /// versions have been deleted since, or are called otherwise, are skipped. What stood by is left out where it is gone
    /// or can't be loaded. What is left is not brought back by a further rollback.
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
            let there = try await self.stillThere([served.history])
            guard let way = served.history.wayBack(from: served.endpoint, there) else {
                throw Self.noWayBack(from: served, there)
            }
            let (former, models) = try await self.brought(way.endpoint, to: served, prepared)
            let endpoint = Endpoint(
                name: name,
                policyVersion: served.endpoint.policyVersion + 1,
                policy: former.policy,
                variants: former.variants
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

    /// What is loaded for a rollback before its turn.
    private struct Preparation: Sendable {
        var models: [PreparedModel] = []
        /// Whether what stands by can't be loaded.
        var lacksStandBy = false
    }

    /// The models of what was served before, as far as they are not there; what can't be gone back to is refused later.
    private func prepareRollback(of served: ServedEndpoint) async throws -> Preparation {
        guard let former = try await wayBack(from: served)?.endpoint else { return Preparation() }
        do {
            return Preparation(models: try await prepare(former, at: served))
        } catch let error as MartletError {
            guard let alone = former.withoutStandBy else { throw error }
            return Preparation(models: try await prepare(alone, at: served), lacksStandBy: true)
        }
    }

    private func prepare(_ former: Endpoint, at served: ServedEndpoint) async throws -> [PreparedModel] {
        try await loading(former) {
            var versions: [ModelVersion] = []
            for variant in former.variants {
                versions.append(try await self.registry.version(variant.modelName, .number(variant.version)))
            }
            return try await self.prepare(versions, at: served)
        }
    }

    /// What is brought back of `former`, ready, and its models.
    private func brought(
        _ former: Endpoint,
        to served: ServedEndpoint,
        _ prepared: Preparation
    ) async throws -> (former: Endpoint, models: [LoadedModel?]) {
        guard let alone = former.withoutStandBy else {
            return try await loaded(former, at: served, prepared.models)
        }
        // Nobody waits in this turn for what could not be loaded just now.
        if !prepared.lacksStandBy {
            do {
                return try await loaded(former, at: served, prepared.models)
            } catch is MartletError {
                // What answers may still be loaded; else that says why not.
            }
        }
        return try await loaded(alone, at: served, prepared.models)
    }

    /// `former` with its variants ready, and their models.
    private func loaded(
        _ former: Endpoint,
        at served: ServedEndpoint,
        _ prepared: [PreparedModel]
    ) async throws -> (former: Endpoint, models: [LoadedModel?]) {
        try await loading(former) {
            var former = former
            var models: [LoadedModel?] = []
            for index in former.variants.indices {
                let (name, number) = (former.variants[index].modelName, former.variants[index].version)
                let version = try await self.registry.version(name, .number(number))
                let loaded = try await self.model(of: version, at: served, prepared)
                guard loaded.digest == former.variants[index].digest else {
                    throw MartletError(.resourceConflict, "its files are not those that were deployed")
                }
                former.variants[index].serve(loaded.model)
                models.append(loaded.model)
            }
            return (former, models)
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

    private static func noWayBack(from served: ServedEndpoint, _ there: Set<Variant.Identity>) -> MartletError {
        let gone = served.history.gone(among: there).map(\.versionNames)
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
    /// The version, whatever its files.
    var number: VersionNumber { VersionNumber(modelName: modelName, number: version) }
}
