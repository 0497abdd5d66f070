package import Kernel

/// One point of a metric.
package struct Metric: Sendable {
    /// The key.
    package let key: String
    /// The value; may be NaN, and is never infinite.
    package let value: Double
    /// When it was measured.
    package let timestamp: Timestamp
    /// The training step at which it was measured.
    package let step: Int64
    /// The logged model that it tells of, if any.
    package let modelID: LoggedModelID?
    /// The dataset that it was measured on, if the client said.
    package let datasetName: String?
    /// The digest of that dataset.
    package let datasetDigest: String?

    /// The point `value` of `key` at `step`; an infinity is kept as the greatest number of its sign, as MLflow keeps it.
    package init(
        key: String,
        value: Double,
        timestamp: Timestamp,
        step: Int64,
        modelID: LoggedModelID? = nil,
        datasetName: String? = nil,
        datasetDigest: String? = nil
    ) {
        self.key = key
        let greatest = Double.greatestFiniteMagnitude
        self.value = value.isInfinite ? (value < 0 ? -greatest : greatest) : value
        self.timestamp = timestamp
        self.step = step
        self.modelID = modelID
        self.datasetName = datasetName
        self.datasetDigest = datasetDigest
    }
}

/// What a client logs to a run in one call: all of it or nothing.
package struct RunBatch: Sendable {
    /// Points of metrics.
    package var metrics: [Metric]
    /// Params.
    package var params: [Param]
    /// Tags.
    package var tags: [Tag]

    /// A batch of `metrics`, `params` and `tags`.
    package init(metrics: [Metric] = [], params: [Param] = [], tags: [Tag] = []) {
        self.metrics = metrics
        self.params = params
        self.tags = tags
    }
}

/// Points of metrics that have just been logged to a run.
package struct MetricAppend: Sendable {
    /// The run.
    package let runID: RunID
    /// The points in the client's order.
    package let metrics: [Metric]
}

/// A metric's history in order, thinned out to at most a given number of points.
package enum HistorySampling {
    /// The places of at most `max` of `count` points: the first of each of `max` parts, the larger parts first, as
    /// `NTILE` of SQL has them, and in the place of the last of these the last point. So MLflow chooses.
    package static func places(count: Int, max: Int) -> [Int] {
        let max = Swift.max(1, max)
        guard count > max else { return Array(0..<count) }
        let (size, larger) = count.quotientAndRemainder(dividingBy: max)
        return (0..<max - 1).map { $0 * size + min($0, larger) } + [count - 1]
    }
}
