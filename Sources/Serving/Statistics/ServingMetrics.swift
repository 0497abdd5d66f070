/// One metric as Prometheus has it: a name, and a value for each set of labels.
package struct MetricFamily: Sendable {
    /// One value.
    package struct Sample: Sendable {
        /// What is added to the family's name: `_bucket`, `_sum`, `_count`, or nothing.
        package let suffix: String
        /// The labels in their order.
        package let labels: [(name: String, value: String)]
        /// The value.
        package let value: Double
    }

    /// The name, with its unit last.
    package let name: StaticString
    /// What it says, in a sentence.
    package let help: StaticString
    /// `counter`, `gauge` or `histogram`.
    package let kind: StaticString
    /// Its values.
    package let samples: [Sample]

    init(_ name: StaticString, _ kind: StaticString, _ help: StaticString, _ samples: [Sample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }
}

extension ServingService {
    /// What serving has done since the server started, for Prometheus.
    package func metrics() -> [MetricFamily] {
        let endpoints = routes.all.map { ($0.endpoint, $0.snapshot) }
        return [
            MetricFamily(
                "martlet_serving_requests_total",
                "counter",
                "Requests for predictions, by how they ended.",
                endpoints.flatMap { endpoint, statistics in
                    [("success", statistics.requests - statistics.errors), ("error", statistics.errors)].map {
                        Self.sample(endpoint, Double($0.1), ("outcome", $0.0))
                    }
                }
            ),
            MetricFamily(
                "martlet_serving_rows_total",
                "counter",
                "Rows predicted.",
                endpoints.map { Self.sample($0, Double($1.rows)) }
            ),
            MetricFamily(
                "martlet_serving_endpoint_ready",
                "gauge",
                "1 for an endpoint that answers, 0 for one whose model is not loaded.",
                endpoints.map { endpoint, _ in Self.sample(endpoint, endpoint.state == .ready ? 1 : 0) }
            ),
            MetricFamily(
                "martlet_serving_request_duration_seconds",
                "histogram",
                "From a request's whole body being there to its model's answer, of requests answered rightly.",
                endpoints.flatMap { Self.histogram($0, $1.latency) }
            ),
        ] + workerMetrics(endpoints) + variantMetrics + modelMetrics + logMetrics
    }

    private var logMetrics: [MetricFamily] {
        let counts = log.counts
        func total(_ value: UInt64) -> [MetricFamily.Sample] {
            [MetricFamily.Sample(suffix: "", labels: [], value: Double(value))]
        }
        return [
            MetricFamily(
                "martlet_serving_prediction_log_written_total",
                "counter",
                "Predictions written to the prediction log.",
                total(counts.written)
            ),
            MetricFamily(
                "martlet_serving_prediction_log_dropped_total",
                "counter",
                "Predictions not logged because the buffer was full.",
                total(counts.dropped)
            ),
            MetricFamily(
                "martlet_serving_prediction_log_failures_total",
                "counter",
                "Times that the database refused predictions, which are tried again.",
                total(counts.failures)
            ),
            MetricFamily(
                "martlet_serving_prediction_log_buffered",
                "gauge",
                "Predictions that wait to be written.",
                total(UInt64(counts.buffered))
            ),
        ]
    }

    static func sample(
        _ endpoint: Endpoint,
        _ value: Double,
        _ label: (String, String)? = nil,
        suffix: String = ""
    ) -> MetricFamily.Sample {
        let labels = [("endpoint", endpoint.name)] + (label.map { [$0] } ?? [])
        return MetricFamily.Sample(suffix: suffix, labels: labels, value: value)
    }

    private static func histogram(_ endpoint: Endpoint, _ latency: LatencyHistogram) -> [MetricFamily.Sample] {
        var samples = latency.cumulative.map { bucket in
            sample(endpoint, Double(bucket.count), ("le", "\(bucket.upperSeconds)"), suffix: "_bucket")
        }
        samples.append(sample(endpoint, Double(latency.count), ("le", "+Inf"), suffix: "_bucket"))
        samples.append(sample(endpoint, Double(latency.sumNanoseconds) / 1e9, suffix: "_sum"))
        samples.append(sample(endpoint, Double(latency.count), suffix: "_count"))
        return samples
    }
}
