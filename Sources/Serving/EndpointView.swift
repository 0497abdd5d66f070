/// An endpoint with all that is known of it, at one moment.
package struct EndpointView: Sendable {
    /// A variant with what it has done.
    package struct VariantView: Sendable {
        /// The variant.
        package let variant: Variant
        /// Its share of the requests, in [0, 1]; of an ensemble its weight.
        package let share: Double
        /// What it has done since it came, copies that it answered as a shadow among it.
        package let statistics: EndpointStatistics.Snapshot
        /// The rules of the contract that can't be held against its model, and why.
        package let contractMisfits: [String]
    }

    /// The endpoint.
    package let endpoint: Endpoint
    /// What it has done.
    package let statistics: EndpointStatistics.Snapshot
    /// Its variants, the primary first.
    package let variants: [VariantView]
    /// What a rollback would bring back; nil for nothing.
    package let previous: Endpoint?
    /// What it takes and gives; nil for whatever its models do.
    package let contract: ContractRecord?

    /// A view of `served`; for who does not ask about the way back `previous` is nil.
    init(_ served: ServedEndpoint, previous: Endpoint? = nil) {
        let endpoint = served.endpoint
        self.endpoint = endpoint
        statistics = served.snapshot
        self.previous = previous
        contract = served.contract
        // A canary that has been halted gets nothing, whatever its policy still says.
        let policy: TrafficPolicy =
            if case .canary = endpoint.policy, case .whole = served.traffic { .single } else { endpoint.policy }
        variants = served.variants.enumerated().map { index, variant in
            VariantView(
                variant: variant.variant,
                share: policy.share(of: index, of: served.variants.count),
                statistics: served.snapshot(of: variant),
                contractMisfits: variant.contract?.misfits ?? []
            )
        }
    }
}

extension ServingService {
    /// All endpoints in the order of their names.
    ///
    /// - Throws: ``DatabaseError``.
    package func views() async throws -> [EndpointView] {
        let all = routes.all
        let there = try await stillThere(all.map(\.history))
        return all.map { served in
            EndpointView(served, previous: served.history.wayBack(from: served.endpoint, there)?.endpoint)
        }
    }

    /// An endpoint and what it has done.
    package typealias Deployed = (endpoint: Endpoint, statistics: EndpointStatistics.Snapshot)

    /// The endpoint called `name`; of its variants the one of `version` alone, where a version is given. nil where there
    /// is none.
    package func deployed(_ name: String, _ version: String? = nil) -> Deployed? {
        guard let served = routes[name] else { return nil }
        guard let version else { return (served.endpoint, served.snapshot) }
        guard let variant = served.variants.first(where: { String($0.variant.version) == version }) else { return nil }
        let alone = Endpoint(
            name: name,
            policyVersion: served.endpoint.policyVersion,
            policy: .single,
            variants: [variant.variant]
        )
        return (alone, served.snapshot(of: variant))
    }

    /// The versions that the endpoint called `name` serves, the primary's first, each once.
    package func versions(of name: String) -> [Int] {
        var versions: [Int] = []
        for variant in routes[name]?.endpoint.variants ?? [] where !versions.contains(variant.version) {
            versions.append(variant.version)
        }
        return versions
    }

    /// The endpoint called `name`.
    ///
    /// - Throws: `ENDPOINT_NOT_FOUND`, ``DatabaseError``.
    package func view(_ name: String) async throws -> EndpointView {
        guard let served = routes[name] else { throw Self.notFound(name) }
        return EndpointView(served, previous: try await wayBack(from: served)?.endpoint)
    }
}
