import Serving

extension PrometheusText {
    /// What serving has done.
    mutating func serving(_ families: [MetricFamily]) {
        for family in families {
            metric(family.name, family.kind, family.help)
            for sample in family.samples {
                let labels = sample.labels.map { ($0.name, $0.value) }
                self.sample(family.name.description + sample.suffix, labels, sample.value)
            }
        }
    }
}
