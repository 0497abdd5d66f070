import Kernel

/// A point of a metric as the tables keep it: when it was measured, and what.
struct MetricPoint: Sendable {
    /// Milliseconds since 1970 UTC.
    let timestamp: Int64
    /// The training step.
    let step: Int64
    /// The value; may be NaN or infinite.
    let value: Double

    /// What stands for the value in a column and in every order: NaN, which SQLite turns into NULL, is 0 with a mark
    /// beside it.
    var storedValue: Double { value.isNaN ? 0 : value }

    /// Whether this point is the later one of the two: greater step, then timestamp, then value.
    func isLater(than other: MetricPoint) -> Bool {
        (step, timestamp, storedValue) > (other.step, other.timestamp, other.storedValue)
    }

    /// The point with its key.
    func metric(_ key: String) -> Metric {
        Metric(key: key, value: value, timestamp: Timestamp(milliseconds: timestamp), step: step)
    }
}

extension Metric {
    /// The point without its key.
    var point: MetricPoint { MetricPoint(timestamp: timestamp.milliseconds, step: step, value: value) }
}

/// The orders in which points are read.
enum MetricPointOrder {
    /// By timestamp, step and value, as MLflow's history is.
    case time
    /// By step, timestamp and value, as a curve is drawn.
    case step

    /// Whether `left` comes before `right`; neither does when they are the same point.
    func isBefore(_ left: MetricPoint, _ right: MetricPoint) -> Bool {
        if left.timestamp != right.timestamp || left.step != right.step {
            return self == .time
                ? (left.timestamp, left.step) < (right.timestamp, right.step)
                : (left.step, left.timestamp) < (right.step, right.timestamp)
        }
        if left.storedValue != right.storedValue { return left.storedValue < right.storedValue }
        return !left.value.isNaN && right.value.isNaN
    }

    /// Puts `points` in this order, each of them once.
    ///
    /// One pass where they are so already, as points mostly are when they come.
    func sort(_ points: inout [MetricPoint]) {
        guard zip(points, points.dropFirst()).contains(where: { !isBefore($0, $1) }) else { return }
        points.sort(by: isBefore)
        var kept = 0
        for point in points where kept == 0 || isBefore(points[kept - 1], point) {
            points[kept] = point
            kept += 1
        }
        points.removeLast(points.count - kept)
    }
}
