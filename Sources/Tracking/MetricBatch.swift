import Kernel

/// The points of one call by their keys, checked, and as the tables want them.
///
/// It is made before the transaction, which the one writer of SQLite runs: what is done here is not waited for there.
struct MetricBatch: Sendable {
    /// The points of one key.
    struct Series: Sendable {
        let key: String
        /// The point that stands for the metric where it is asked for one.
        private(set) var latest: MetricPoint
        /// The points as they are written, unless there is but one: that is a row of its own, and the latest.
        fileprivate(set) var chunks: [[UInt8]] = []
        private var points: [MetricPoint]

        fileprivate init(_ key: String, _ point: MetricPoint) {
            self.key = key
            latest = point
            points = [point]
        }

        fileprivate mutating func append(_ point: MetricPoint) {
            points.append(point)
            if point.isLater(than: latest) { latest = point }
        }

        fileprivate mutating func close() {
            if points.count > 1 { chunks = MetricChunk.chunks(of: points) }
            points = []
        }
    }

    /// The series in the order of their keys.
    private(set) var series: [Series] = []

    /// `metrics` by their keys; `path` says where in the request the key of one stands, for messages.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for the first of them whose key or timestamp breaks the rules.
    init(_ metrics: [Metric], path: (Int) -> String) throws {
        try self.init(metrics) { index, isFirst in
            if isFirst { try NameRules.checkKey(metrics[index].key, path: path(index)) }
            try Self.checkTimestamp(metrics[index])
        }
    }

    /// `metrics` by their keys, whatever rules another server had for them.
    init(admitted metrics: [Metric]) {
        self.init(metrics) { _, _ in }
    }

    /// `check` gets the place of each of `metrics`, and whether it is the first with its key.
    private init(_ metrics: [Metric], check: (Int, Bool) throws -> Void) rethrows {
        var places: [ExactText: Int] = [:]
        var place = 0
        for (index, metric) in metrics.enumerated() {
            let key = ExactText(metric.key)
            if let known = self.place(of: key, after: place) ?? places[key] {
                place = known
                try check(index, false)
                series[place].append(metric.point)
            } else {
                try check(index, true)
                place = series.count
                places[key] = place
                series.append(Series(metric.key, metric.point))
            }
        }
        for place in series.indices { series[place].close() }
        series.sort { $0.key < $1.key }
    }

    /// The place of `key` if it is where one looks first: clients log all keys of one step after the other, or all
    /// steps of one key.
    private func place(of key: ExactText, after place: Int) -> Int? {
        guard place < series.count else { return nil }
        let next = place + 1 < series.count ? place + 1 : 0
        if ExactText(series[next].key) == key { return next }
        return ExactText(series[place].key) == key ? place : nil
    }

    private static func checkTimestamp(_ metric: Metric) throws {
        guard metric.timestamp.milliseconds < 0 else { return }
        throw MartletError(
            .invalidParameterValue,
            "Got invalid timestamp \(metric.timestamp.milliseconds) for metric '\(metric.key)' "
                + "(value=\(metric.value)). Timestamp must be a nonnegative long (64-bit integer)"
        )
    }
}
