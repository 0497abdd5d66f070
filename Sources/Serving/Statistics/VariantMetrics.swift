/// What single variants have done, for Prometheus.
extension ServingService {
    /// Requests, latency and share of each variant, and what shadows were spared.
    var variantMetrics: [MetricFamily] {
        let views = routes.all.map { EndpointView($0) }
        let variants = views.flatMap { view in view.variants.map { (view.endpoint.name, $0) } }
        return [
            MetricFamily(
                "martlet_serving_variant_requests_total",
                "counter",
                "Requests that a variant answered, copies for a shadow among them, by how they ended.",
                variants.flatMap { endpoint, view in
                    let numbers = view.statistics
                    return [("success", numbers.requests - numbers.errors), ("error", numbers.errors)].map {
                        Self.sample(endpoint, view, Double($0.1), [("outcome", $0.0)])
                    }
                }
            ),
            MetricFamily(
                "martlet_serving_variant_request_duration_seconds",
                "histogram",
                "As martlet_serving_request_duration_seconds, by variant.",
                variants.flatMap { Self.histogram($0, $1) }
            ),
            MetricFamily(
                "martlet_serving_variant_share",
                "gauge",
                "The share of the requests that a variant answers now; of an ensemble its weight.",
                variants.map { Self.sample($0, $1, $1.share) }
            ),
            MetricFamily(
                "martlet_serving_contract_violations_total",
                "counter",
                "Requests that broke the endpoint's contract, by side and by what became of them.",
                variants.flatMap { Self.violations($0, $1) }
            ),
            MetricFamily(
                "martlet_serving_policy_version",
                "gauge",
                "Grows by one with each change of an endpoint's policy or variants.",
                views.map {
                    MetricFamily.Sample(
                        suffix: "",
                        labels: [("endpoint", $0.endpoint.name)],
                        value: Double($0.endpoint.policyVersion)
                    )
                }
            ),
            MetricFamily(
                "martlet_serving_shadow_dropped_total",
                "counter",
                "Copies of requests that no shadow answered, because too many waited.",
                [MetricFamily.Sample(suffix: "", labels: [], value: Double(shadows.dropped))]
            ),
        ]
    }

    private static func sample(
        _ endpoint: String,
        _ view: EndpointView.VariantView,
        _ value: Double,
        _ labels: [(name: String, value: String)] = [],
        suffix: String = ""
    ) -> MetricFamily.Sample {
        let own = [("endpoint", endpoint), ("variant", view.variant.name)]
        return MetricFamily.Sample(suffix: suffix, labels: own + labels, value: value)
    }

    private static func violations(_ endpoint: String, _ view: EndpointView.VariantView) -> [MetricFamily.Sample] {
        let violations = view.statistics.violations
        let counts = [
            ("input", "refused", violations.inputsRefused), ("output", "refused", violations.outputsRefused),
            ("output", "clipped", violations.outputsClipped),
        ]
        return counts.map { side, outcome, count in
            sample(endpoint, view, Double(count), [("side", side), ("outcome", outcome)])
        }
    }

    private static func histogram(_ endpoint: String, _ view: EndpointView.VariantView) -> [MetricFamily.Sample] {
        let latency = view.statistics.latency
        var samples = latency.cumulative.map { bucket in
            sample(endpoint, view, Double(bucket.count), [("le", "\(bucket.upperSeconds)")], suffix: "_bucket")
        }
        samples.append(sample(endpoint, view, Double(latency.count), [("le", "+Inf")], suffix: "_bucket"))
        samples.append(sample(endpoint, view, Double(latency.sumNanoseconds) / 1e9, suffix: "_sum"))
        samples.append(sample(endpoint, view, Double(latency.count), suffix: "_count"))
        return samples
    }
}
