import Inference

extension ServingService {
    /// How requests to models wait and were put together, and what answers were kept, for Prometheus.
    var modelMetrics: [MetricFamily] {
        let queues = routes.all.flatMap { served in
            served.variants.compactMap { variant in
                variant.model.map { (served.endpoint, variant.variant, $0.queue) }
            }
        }
        func each(_ value: ((runs: UInt64, requests: UInt64, waiting: Int)) -> Double) -> [MetricFamily.Sample] {
            queues.map { Self.sample($0, value($2), ("variant", $1.name)) }
        }
        let batches = routes.all.flatMap { served in
            served.variants.compactMap { variant in
                variant.model?.batches.map { (served.endpoint, variant.variant, $0) }
            }
        }
        let caches = routes.all.flatMap { served in
            served.variants.compactMap { variant in
                variant.model?.cacheCounts.map { (served.endpoint, variant.variant, $0) }
            }
        }
        func found(_ value: (ModelCache.Counts) -> Int) -> [MetricFamily.Sample] {
            caches.map { Self.sample($0, Double(value($2)), ("variant", $1.name)) }
        }
        let counts = cache.counts
        func total(_ value: Double) -> [MetricFamily.Sample] {
            [MetricFamily.Sample(suffix: "", labels: [], value: value)]
        }
        return [
            MetricFamily(
                "martlet_serving_queue_runs_total",
                "counter",
                "Runs of models that take long; requests that waited share one.",
                each { Double($0.runs) }
            ),
            MetricFamily(
                "martlet_serving_queue_requests_total",
                "counter",
                "Requests answered by those runs.",
                each { Double($0.requests) }
            ),
            MetricFamily(
                "martlet_serving_queue_waiting",
                "gauge",
                "Requests that wait for a model.",
                each { Double($0.waiting) }
            ),
            MetricFamily(
                "martlet_serving_batch_rows",
                "histogram",
                "Rows that an ONNX model was run with at once.",
                batches.flatMap { $2.samples([("endpoint", $0.name), ("variant", $1.name)]) }
            ),
            MetricFamily(
                "martlet_serving_variant_cache_hits_total",
                "counter",
                "Requests to a variant that were answered out of the cache of results.",
                found(\.hits)
            ),
            MetricFamily(
                "martlet_serving_variant_cache_misses_total",
                "counter",
                "Requests to a variant whose answers were not in the cache of results.",
                found(\.misses)
            ),
            MetricFamily(
                "martlet_serving_cache_hits_total",
                "counter",
                "Requests answered out of the cache of results.",
                total(Double(counts.hits))
            ),
            MetricFamily(
                "martlet_serving_cache_misses_total",
                "counter",
                "Answers put into the cache of results.",
                total(Double(counts.misses))
            ),
            MetricFamily(
                "martlet_serving_cache_bytes",
                "gauge",
                "Bytes that the cache of results holds.",
                total(Double(counts.bytes))
            ),
        ]
    }
}
