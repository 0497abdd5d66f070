import Kernel
package import Ledger
import Registry

extension ServingService {
    /// Changes how an endpoint's requests are shared out, and among which variants, all at once.
    ///
    /// New variants are loaded and warmed up before; until then, and when that fails, all is as it was.
    /// - Returns: the endpoint, ready.
    /// - Throws: `ENDPOINT_NOT_FOUND`; `INVALID_PARAMETER_VALUE` when the variants are not as many as the policy has, or
    ///   do not go together; otherwise as ``deploy(_:_:to:by:)``.
    package func setTraffic(_ name: String, _ request: TrafficRequest, by actor: Actor) async throws -> Endpoint {
        guard let present = routes[name]?.endpoint else { throw Self.notFound(name) }
        _ = try Self.wanted(request, present)
        // Before the turn, so that others are not held up.
        let request = try await found(request, for: present.modelName, by: actor)
        return try await loads.take(name) {
            let prepared = try await self.loadPlaces.take { try await self.prepare(request, at: name) }
            return try await self.setTraffic(name, request, prepared, by: actor)
        }
    }

    /// `request` with the versions that it means, which have been waited for; `modelName` is whose they are when it
    /// does not say.
    private func found(_ request: TrafficRequest, for modelName: String, by actor: Actor) async throws -> TrafficRequest
    {
        var request = request
        for index in request.variants.indices {
            let wanted = request.variants[index]
            guard let version = wanted.version else { continue }
            let name = wanted.modelName ?? modelName
            let found = try await find(name, version, actor)
            _ = try await registry.version(name, found, waitingForPin: pinWaitMax)
            request.variants[index].version = found
        }
        return request
    }

    /// The models that `request` is going to want, as far as they are not there.
    private func prepare(_ request: TrafficRequest, at name: String) async throws -> [PreparedModel] {
        guard let served = routes[name] else { return [] }
        var versions: [ModelVersion] = []
        for wanted in request.variants {
            guard let selector = wanted.version else { continue }
            versions.append(try await registry.version(wanted.modelName ?? served.endpoint.modelName, selector))
        }
        return try await prepare(versions, at: served)
    }

    /// Changes the traffic in its turn, with what was loaded before it.
    private func setTraffic(
        _ name: String,
        _ request: TrafficRequest,
        _ prepared: [PreparedModel],
        by actor: Actor
    ) async throws -> Endpoint {
        try await deployments.take {
            guard let served = self.routes[name] else { throw Self.notFound(name) }
            let variants = try await self.variants(request, of: served, prepared, by: actor)
            try Self.check(request.policy, variants.map(\.model))
            try self.checkContract(of: name, variants.map(\.variant), variants.map(\.model))
            let endpoint = Endpoint(
                name: name,
                policyVersion: served.endpoint.policyVersion + 1,
                policy: request.policy.completed(variants.map(\.variant), after: served.endpoint, by: actor),
                variants: variants.map(\.variant)
            )
            try await self.commit(
                EndpointChange(
                    endpoint: endpoint,
                    models: variants.map(\.model),
                    rollout: served.rolloutKept(by: endpoint),
                    activity: "endpoint.traffic_changed",
                    details: endpoint.trafficDetails,
                    topics: ["models"]
                ),
                by: actor
            )
            return endpoint
        }
    }

    /// The variants that `request` is about, those that it leaves out too.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when they are not as many as the policy has.
    private static func wanted(_ request: TrafficRequest, _ present: Endpoint) throws -> [TrafficRequest.Wanted] {
        let kind = request.policy.kind
        var wanted = request.variants
        if wanted.isEmpty {
            let names = present.variants.map(\.name)
            wanted = (kind == .single ? [names[0]] : names).map { TrafficRequest.Wanted(name: $0) }
        } else if wanted.count == 1, kind.variantCounts == 2...2 {
            wanted.insert(TrafficRequest.Wanted(name: present.primary.name), at: 0)
        }
        guard kind.variantCounts.contains(wanted.count) else {
            let counts = kind.variantCounts
            let needed = counts.count == 1 ? "\(counts.lowerBound)" : "\(counts.lowerBound) to \(counts.upperBound)"
            throw MartletError(
                .invalidParameterValue,
                "The policy \"\(kind.rawValue)\" has \(needed) variants, found \(wanted.count)"
            )
        }
        return wanted
    }

    private func variants(
        _ request: TrafficRequest,
        of served: ServedEndpoint,
        _ prepared: [PreparedModel],
        by actor: Actor
    ) async throws -> [(variant: Variant, model: LoadedModel?)] {
        var variants: [(variant: Variant, model: LoadedModel?)] = []
        for one in try Self.wanted(request, served.endpoint) {
            let others = variants.map(\.variant)
            let variant = try await variant(one, of: served, beside: others, prepared, by: actor)
            guard !variants.contains(where: { $0.variant.name == variant.variant.name }) else {
                throw MartletError(
                    .invalidParameterValue,
                    "Two variants are called \"\(variant.variant.name)\"; each needs a name of its own"
                )
            }
            variants.append(variant)
        }
        guard let live = request.live else { return variants }
        guard let index = variants.firstIndex(where: { $0.variant.name == live }) else {
            throw MartletError(
                .invalidParameterValue,
                "\"live\" must name one of the variants, found \"\(live.prefix(100))\""
            )
        }
        variants.insert(variants.remove(at: index), at: 0)
        return variants
    }

    private func variant(
        _ wanted: TrafficRequest.Wanted,
        of served: ServedEndpoint,
        beside others: [Variant],
        _ prepared: [PreparedModel],
        by actor: Actor
    ) async throws -> (variant: Variant, model: LoadedModel?) {
        guard let selector = wanted.version else {
            guard let found = served.variants.first(where: { $0.variant.name == wanted.name }) else {
                throw MartletError(
                    .invalidParameterValue,
                    "A variant needs a version, or the name of one that is there: "
                        + served.variants.map { "\"\($0.variant.name)\"" }.joined(separator: ", ")
                )
            }
            return (found.variant, found.model)
        }
        let version = try await registry.version(wanted.modelName ?? served.endpoint.modelName, selector)
        let name = wanted.name ?? Self.variantName(of: version, among: served.endpoint.variants + others)
        try Variant.validate(name: name)
        let same = served.variants.first {
            $0.variant.name == name && $0.variant.modelName == version.modelName
                && $0.variant.version == version.number && $0.model != nil
        }
        if let same { return (same.variant, same.model) }
        let loaded = try await model(of: version, at: served, prepared)
        var variant = Variant(
            name: name,
            modelName: version.modelName,
            version: version.number,
            digest: loaded.digest,
            deployedAt: clock.now(),
            deployedBy: actor
        )
        variant.serve(loaded.model)
        return (variant, loaded.model)
    }

    /// Refuses variants that one policy cannot have together.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    static func check(_ policy: TrafficPolicy, _ models: [LoadedModel?]) throws {
        let loaded = models.compactMap { $0 }
        switch policy {
        case .shadow, .ensemble:
            guard loaded.count == models.count else {
                throw MartletError(.temporarilyUnavailable, "A variant's model is not loaded; deploy it again")
            }
            guard let first = loaded.first,
                loaded.allSatisfy({ $0.runtime == first.runtime && $0.plan.takesInputs(of: first.plan) })
            else {
                throw MartletError(
                    .invalidParameterValue,
                    "The variants of \"\(policy.kind.rawValue)\" must take the same inputs: the same columns in the same"
                        + " order, elements of the same type, and run in the same engine"
                )
            }
        case .single, .canary, .abTest, .blueGreen: break
        }
        if case .ensemble = policy, let first = loaded.first, !loaded.allSatisfy({ $0.mayAnswerAs(first) }) {
            throw MartletError(
                .invalidParameterValue,
                "The variants of \"ensemble\" must answer in the same form: as many outputs, of the same kinds and types"
            )
        }
        if case .ensemble(let plan) = policy, !plan.weights.isEmpty, plan.weights.count != models.count {
            throw MartletError(
                .invalidParameterValue,
                "\"weights\" must have one number a variant, \(models.count), found \(plan.weights.count)"
            )
        }
    }
}

extension ServedEndpoint {
    /// What goes on being compared when `next` comes: an experiment whose name, variants and split stay the same.
    fileprivate func rolloutKept(by next: Endpoint) -> Rollout? {
        guard case .abTest(let test) = endpoint.policy, case .abTest(let other) = next.policy,
            test.name == other.name, test.key == other.key,
            // Out of percentages the share may differ in its last digit.
            abs(test.treatmentShare - other.treatmentShare) < 1e-9,
            endpoint.variants.map(\.name) == next.variants.map(\.name),
            endpoint.variants.map(\.identity) == next.variants.map(\.identity)
        else { return nil }
        return rollout
    }
}

extension Endpoint {
    /// What an activity tells of the policy.
    var trafficDetails: JSONObject {
        let variants = variants.map { variant -> JSON in
            var details = variant.details
            details["name"] = .string(variant.name)
            return .object(details)
        }
        return [
            "policy": .string(policy.kind.rawValue), "policy_version": .integer(Int64(policyVersion)),
            "variants": .array(variants),
        ]
    }
}
