import Database
import Kernel

/// The SQL of alerts.
enum AlertStore {
    /// Opens an alert, or counts it to the one that takes it in; answers the new one's id, nil when there is none new.
    ///
    /// `newID` names it if it is new.
    static func raise(
        _ alert: NewAlert,
        id newID: String,
        at now: Timestamp,
        on connection: any SQLConnection
    ) throws -> String? {
        let fingerprint = alert.fingerprint
        let latest = try connection.first(
            columns + "WHERE fingerprint = $1 ORDER BY opened_at DESC, id DESC LIMIT 1",
            [.text(fingerprint)],
            self.alert
        )
        let finding: [SQLValue] = [
            .text(alert.finding.method), number(alert.finding.value), number(alert.finding.threshold),
            .text(alert.finding.message), .text(alert.finding.reportID), .integer(now.milliseconds),
        ]
        if let latest, latest.takesIn(findingAt: now) {
            try connection.execute(
                """
                UPDATE monitoring_alerts SET method = $1, value = $2, threshold = $3, message = $4, report_id = $5,
                    last_seen_at = $6, seen_count = seen_count + 1
                WHERE id = $7
                """,
                finding + [.text(latest.id)]
            )
            return nil
        }
        try connection.execute(
            """
            INSERT INTO monitoring_alerts (
                method, value, threshold, message, report_id, opened_at, last_seen_at, seen_count, id, fingerprint,
                type, severity, state, endpoint, model_name, model_version, feature
            ) VALUES ($1, $2, $3, $4, $5, $6, $6, 1, $7, $8, $9, $10, 'open', $11, $12, $13, $14)
            """,
            finding + [
                .text(newID), .text(fingerprint), .text(alert.kind.rawValue), .text(alert.severity.rawValue),
                .text(alert.endpoint), .text(alert.version.modelName), .integer(Int64(alert.version.number)),
                .text(alert.finding.feature),
            ]
        )
        return newID
    }

    /// Newest first, one more than `limit` to see whether more follow.
    static func newest(
        state: Alert.State?,
        kind: Alert.Kind?,
        limit: Int,
        offset: Int,
        on connection: any SQLConnection
    ) throws -> [Alert] {
        var conditions: [SQLText] = []
        var parameters: [SQLValue] = []
        if let state {
            parameters.append(.text(state.rawValue))
            conditions.append("state = " + .parameter(parameters.count))
        }
        if let kind {
            parameters.append(.text(kind.rawValue))
            conditions.append("type = " + .parameter(parameters.count))
        }
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") + " "
        return try connection.query(
            columns + condition + "ORDER BY opened_at DESC, id DESC LIMIT " + .number(limit + 1) + " OFFSET "
                + .number(offset),
            parameters,
            alert
        )
    }

    static func find(_ id: String, on connection: any SQLConnection) throws -> Alert? {
        try connection.first(columns + "WHERE id = $1", [.text(id)], alert)
    }

    static func acknowledge(
        _ id: String,
        _ acknowledgement: Acknowledgement,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE monitoring_alerts SET state = 'acknowledged', acknowledged_at = $2, acknowledged_by = $3, note = $4
            WHERE id = $1
            """,
            [
                .text(id), .integer(acknowledgement.at.milliseconds), .text(acknowledgement.by),
                .text(acknowledgement.note),
            ]
        )
    }

    private static let columns: SQLText = """
        SELECT id, type, severity, state, endpoint, model_name, model_version, feature, method, value, threshold,
            message, report_id, opened_at, last_seen_at, seen_count, acknowledged_at, acknowledged_by, note
        FROM monitoring_alerts\u{20}
        """

    private static func alert(_ row: borrowing SQLRow) throws -> Alert {
        Alert(
            id: try row.text(0),
            kind: try named(row.text(1)),
            severity: try named(row.text(2)),
            state: try named(row.text(3)),
            endpoint: try row.text(4),
            modelName: try row.text(5),
            modelVersion: Int(try row.integer(6)),
            finding: AlertFinding(
                feature: try row.optionalText(7),
                method: try row.optionalText(8),
                value: try row.optionalDouble(9),
                threshold: try row.optionalDouble(10),
                message: try row.text(11),
                reportID: try row.optionalText(12)
            ),
            openedAt: Timestamp(milliseconds: try row.integer(13)),
            lastSeenAt: Timestamp(milliseconds: try row.integer(14)),
            count: Int(try row.integer(15)),
            acknowledgement: try acknowledgement(row)
        )
    }

    private static func acknowledgement(_ row: borrowing SQLRow) throws -> Acknowledgement? {
        guard let at = try row.optionalInteger(16), let by = try row.optionalText(17) else { return nil }
        return Acknowledgement(at: Timestamp(milliseconds: at), by: by, note: try row.optionalText(18))
    }

    private static func named<Name: RawRepresentable<String>>(_ text: String) throws -> Name {
        guard let name = Name(rawValue: text) else {
            throw DatabaseError(.unexpectedValue, "'\(text)' is no \(Name.self)")
        }
        return name
    }

    private static func number(_ value: Double?) -> SQLValue {
        value.map { .double($0) } ?? .null
    }
}
