import Inference

extension BatchSizes {
    /// What Prometheus is told of them as a histogram of rows, under `labels`.
    func samples(_ labels: [(name: String, value: String)]) -> [MetricFamily.Sample] {
        func sample(_ value: UInt64, _ suffix: String, upTo bound: String? = nil) -> MetricFamily.Sample {
            let bucket = bound.map { [(name: "le", value: $0)] } ?? []
            return MetricFamily.Sample(suffix: suffix, labels: labels + bucket, value: Double(value))
        }
        var seen: UInt64 = 0
        var samples = zip(Self.bounds, counts).map { bound, count in
            seen += count
            return sample(seen, "_bucket", upTo: "\(bound)")
        }
        samples.append(sample(count, "_bucket", upTo: "+Inf"))
        samples.append(sample(rows, "_sum"))
        samples.append(sample(count, "_count"))
        return samples
    }
}
