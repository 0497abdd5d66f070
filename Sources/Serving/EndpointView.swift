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
    }

    /// The endpoint.
    package let endpoint: Endpoint
    /// What it has done.
    package let statistics: EndpointStatistics.Snapshot
    /// Its variants, the primary first.
    package let variants: [VariantView]
    /// What a rollback would bring back; nil for nothing.
    package let previous: Endpoint?

    init(_ served: ServedEndpoint) {
        let endpoint = served.endpoint
        self.endpoint = endpoint
        statistics = served.snapshot
        previous = served.previous
        // A canary that has been halted gets nothing, whatever its policy still says.
        let policy: TrafficPolicy =
            if case .canary = endpoint.policy, case .whole = served.traffic { .single } else { endpoint.policy }
        variants = served.variants.enumerated().map { index, variant in
            VariantView(
                variant: variant.variant,
                share: policy.share(of: index, of: served.variants.count),
                statistics: served.snapshot(of: variant)
            )
        }
    }
}

extension ServingService {
    /// All endpoints in the order of their names.
    package func views() -> [EndpointView] { routes.all.map { EndpointView($0) } }

    /// The endpoint called `name`.
    ///
    /// - Throws: `ENDPOINT_NOT_FOUND`.
    package func view(_ name: String) throws -> EndpointView {
        guard let served = routes[name] else { throw Self.notFound(name) }
        return EndpointView(served)
    }
}
