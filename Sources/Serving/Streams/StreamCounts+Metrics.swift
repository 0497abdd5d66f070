import EventStream

extension StreamCounts {
    /// What the stream has done, answered by `model`, for Prometheus.
    package func metrics(of model: StreamModel) -> [MetricFamily] {
        [
            Self.counter("martlet_stream_events_total", "Events that were read, some of them again.", read),
            Self.counter("martlet_stream_replies_total", "Replies that were written.", replied),
            MetricFamily(
                "martlet_stream_dead_letters_total",
                "counter",
                "Events that nobody could answer, by the name of the failure.",
                deadLetters.sorted { $0.key < $1.key }.map { Self.sample(Double($0.value), [("code", $0.key)]) }
            ),
            Self.counter(
                "martlet_stream_repeated_total",
                "Events that came again after their reply was written, and got no second one.",
                repeated
            ),
            Self.counter(
                "martlet_stream_lost_total",
                "Events that became another consumer's before they were committed.",
                lost
            ),
            Self.counter("martlet_stream_retries_total", "Tries of a model beside the first.", retries),
            Self.counter("martlet_stream_batches_total", "Batches that were committed.", batches),
            MetricFamily(
                "martlet_stream_lag_events",
                "gauge",
                "Events that are not committed yet, by part of the stream.",
                lag.compactMap { lag in lag.events.map { Self.sample(Double($0), [("part", lag.part)]) } }
            ),
            MetricFamily(
                "martlet_stream_latency_seconds",
                "histogram",
                "From an event's being written to its reply's being written.",
                histogram
            ),
            MetricFamily(
                "martlet_stream_model_info",
                "gauge",
                "The version that answers; always 1.",
                [Self.sample(1, [("model_name", model.name), ("model_version", String(model.version))])]
            ),
        ]
    }

    private var histogram: [MetricFamily.Sample] {
        var samples = latency.cumulative.map { bucket in
            Self.sample(Double(bucket.count), [("le", "\(bucket.upperSeconds)")], suffix: "_bucket")
        }
        samples.append(Self.sample(Double(latency.count), [("le", "+Inf")], suffix: "_bucket"))
        samples.append(Self.sample(Double(latency.sumNanoseconds) / 1e9, suffix: "_sum"))
        samples.append(Self.sample(Double(latency.count), suffix: "_count"))
        return samples
    }

    private static func counter(_ name: StaticString, _ help: StaticString, _ count: UInt64) -> MetricFamily {
        MetricFamily(name, "counter", help, [sample(Double(count))])
    }

    private static func sample(
        _ value: Double,
        _ labels: [(name: String, value: String)] = [],
        suffix: String = ""
    ) -> MetricFamily.Sample {
        MetricFamily.Sample(suffix: suffix, labels: labels, value: value)
    }
}
