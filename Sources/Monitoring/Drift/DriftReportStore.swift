import Database
import Kernel

/// The SQL of drift reports.
enum DriftReportStore {
    static func insert(_ report: DriftReport, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO monitoring_reports (
                id, endpoint, model_name, model_version, checked_at, reference_rows, current_rows, window_from,
                window_to, verdict, columns
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            [
                .text(report.id), .text(report.endpoint), .text(report.modelName),
                .integer(Int64(report.modelVersion)), .integer(report.checkedAt.milliseconds),
                .integer(Int64(report.referenceRows)), .integer(Int64(report.currentRows)),
                .integer(report.windowFrom.milliseconds), .integer(report.windowTo.milliseconds),
                .text(report.verdict.rawValue), .text(JSON.array(report.columns.map(\.json)).text),
            ]
        )
    }

    /// Newest first; of all endpoints when none is named.
    static func newest(endpoint: String?, limit: Int, on connection: any SQLConnection) throws -> [DriftReport] {
        let condition: SQLText = endpoint == nil ? "" : "WHERE endpoint = $1 "
        return try connection.query(
            """
            SELECT id, endpoint, model_name, model_version, checked_at, reference_rows, current_rows, window_from,
                window_to, columns
            FROM monitoring_reports
            """ + " " + condition + "ORDER BY checked_at DESC, id DESC LIMIT " + .number(limit),
            endpoint.map { [.text($0)] } ?? [],
            report
        )
    }

    private static func report(_ row: borrowing SQLRow) throws -> DriftReport {
        let columns = try JSON.parse(row.text(9).utf8).arrayValue ?? []
        return DriftReport(
            id: try row.text(0),
            endpoint: try row.text(1),
            modelName: try row.text(2),
            modelVersion: Int(try row.integer(3)),
            checkedAt: Timestamp(milliseconds: try row.integer(4)),
            referenceRows: Int(try row.integer(5)),
            currentRows: Int(try row.integer(6)),
            windowFrom: Timestamp(milliseconds: try row.integer(7)),
            windowTo: Timestamp(milliseconds: try row.integer(8)),
            columns: columns.compactMap(DriftColumn.init(json:))
        )
    }
}
