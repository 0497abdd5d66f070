import Kernel
import Monitoring

/// How the API shows drift reports and alerts.
extension JSONWriter {
    /// A report with all its columns.
    mutating func driftReport(_ report: DriftReport) {
        object { writer in
            writer.member("id", report.id)
            writer.member("endpoint", report.endpoint)
            writer.member("model_name", report.modelName)
            writer.member("model_version", String(report.modelVersion))
            writer.member("checked_at", report.checkedAt)
            writer.member("reference_rows", Int64(report.referenceRows))
            writer.member("current_rows", Int64(report.currentRows))
            writer.name("window")
            writer.object { writer in
                writer.member("from", report.windowFrom)
                writer.member("to", report.windowTo)
            }
            writer.member("verdict", report.verdict.rawValue)
            writer.name("columns")
            writer.array { writer in for column in report.columns { writer.value(column.json) } }
        }
    }

    /// An alert; what it has not is left out.
    mutating func alert(_ alert: Alert) {
        object { writer in
            writer.member("id", alert.id)
            writer.member("type", alert.kind.rawValue)
            writer.member("severity", alert.severity.rawValue)
            writer.member("state", alert.state.rawValue)
            writer.member("endpoint", alert.endpoint)
            writer.member("model_name", alert.modelName)
            writer.member("model_version", String(alert.modelVersion))
            writer.member("feature", ifPresent: alert.finding.feature)
            writer.member("method", ifPresent: alert.finding.method)
            writer.number("value", alert.finding.value)
            writer.number("threshold", alert.finding.threshold)
            writer.member("message", alert.finding.message)
            writer.member("opened_at", alert.openedAt)
            writer.member("last_seen_at", alert.lastSeenAt)
            writer.member("count", Int64(alert.count))
            if let acknowledgement = alert.acknowledgement {
                writer.member("acknowledged_at", acknowledgement.at)
                writer.member("acknowledged_by", acknowledgement.by)
                writer.member("note", ifPresent: acknowledgement.note)
            }
            writer.member("report_id", ifPresent: alert.finding.reportID)
        }
    }

    private mutating func number(_ name: StaticString, _ number: Double?) {
        guard let number else { return }
        self.name(name)
        value(number)
    }
}
