package import Kernel

/// A run, as the server describes it.
package struct Run: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// Its id: 32 hexadecimal characters.
    package var id: String { text("info", "run_id") }
    /// Its name, which need not be unique.
    package var name: String { text("info", "run_name") }
    /// The experiment that it belongs to.
    package var experimentID: String { text("info", "experiment_id") }
    /// `RUNNING`, `SCHEDULED`, `FINISHED`, `FAILED` or `KILLED`.
    package var status: String { text("info", "status") }
    /// `active` or `deleted`.
    package var lifecycleStage: String { text("info", "lifecycle_stage") }
    /// Who started it.
    package var user: String { text("info", "user_id") }
    /// Where its artifacts are.
    package var artifactURI: String { text("info", "artifact_uri") }
    /// When it began.
    package var startedAt: Timestamp? { time("info", "start_time") }
    /// When it ended.
    package var endedAt: Timestamp? { time("info", "end_time") }
    /// Its parameters, in the server's order.
    package var params: [(name: String, value: String)] { pairs("data", "params") }
    /// Its tags, in the server's order.
    package var tags: [(name: String, value: String)] { pairs("data", "tags") }
    /// The latest point of each metric, in the server's order.
    package var metrics: [MetricPoint] {
        (json.member(["data", "metrics"])?.arrayValue ?? []).map { MetricPoint($0) }
    }
}

/// One point of a metric.
package struct MetricPoint: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// The metric's name.
    package var key: String { text("key") }
    /// The step at which it was logged.
    package var step: Int64 { integer("step") ?? 0 }
    /// When it was logged.
    package var loggedAt: Timestamp? { time("timestamp") }
    /// Its value, which need not be finite.
    package var value: Double {
        let value = json.objectValue?["value"]
        switch value?.stringValue {
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default: return value?.doubleValue ?? .nan
        }
    }
}
