import Database
import Kernel

/// The SQL of issues.
enum IssueStore {
    static func insert(_ issue: ExperimentIssue, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO issues
                (issue_id, experiment_id, name, description, status, severity, root_causes, source_run_id, categories,
                created_at, updated_at, created_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            [
                .text(issue.id), .integer(issue.experimentID.number), .text(issue.name), .text(issue.description),
                .text(issue.status.rawValue), severity(issue), list(issue.rootCauses),
                .text(issue.sourceRunID?.text), list(issue.categories), .integer(issue.createdAt.milliseconds),
                .integer(issue.updatedAt.milliseconds), .text(issue.createdBy),
            ]
        )
    }

    static func find(_ id: String, on connection: any SQLConnection) throws -> ExperimentIssue? {
        try connection.first(columns + "WHERE issue_id = $1", [.text(id)], issue)
    }

    static func search(_ text: SQLText, _ parameters: [SQLValue], on connection: any SQLConnection) throws
        -> [ExperimentIssue]
    {
        try connection.query(columns + text, parameters, issue)
    }

    /// Writes what may change of an issue.
    static func update(_ issue: ExperimentIssue, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE issues SET name = $2, description = $3, status = $4, severity = $5, updated_at = $6
            WHERE issue_id = $1
            """,
            [
                .text(issue.id), .text(issue.name), .text(issue.description), .text(issue.status.rawValue),
                severity(issue), .integer(issue.updatedAt.milliseconds),
            ]
        )
    }

    /// Takes the runs with these numbers, which are about to go, off the issues that they found.
    static func forgetRuns(_ numbers: [Int64], on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE issues SET source_run_id = NULL WHERE source_run_id IN (SELECT run_id FROM runs WHERE run_number IN (
            """ + .parameters(from: 1, count: numbers.count) + "))",
            numbers.map { .integer($0) }
        )
    }

    static func delete(of experiments: [ExperimentID], on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM issues WHERE experiment_id IN (" + .parameters(from: 1, count: experiments.count) + ")",
            experiments.map { .integer($0.number) }
        )
    }

    private static let columns: SQLText = """
        SELECT issue_id, experiment_id, name, description, status, severity, root_causes, source_run_id, categories, \
        created_at, updated_at, created_by FROM issues \

        """

    private static func issue(_ row: borrowing SQLRow) throws -> ExperimentIssue {
        ExperimentIssue(
            id: try row.text(0),
            experimentID: ExperimentID(number: try row.integer(1)),
            name: try row.text(2),
            description: try row.text(3),
            status: IssueStatus(rawValue: try row.text(4)) ?? .pending,
            severity: try row.optionalInteger(5).flatMap { IssueSeverity(rank: $0) },
            rootCauses: try texts(row.text(6)),
            sourceRunID: try row.optionalText(7).map { RunID($0) },
            categories: try texts(row.text(8)),
            createdAt: Timestamp(milliseconds: try row.integer(9)),
            updatedAt: Timestamp(milliseconds: try row.integer(10)),
            createdBy: try row.optionalText(11)
        )
    }

    private static func severity(_ issue: ExperimentIssue) -> SQLValue {
        issue.severity.map { .integer($0.rank) } ?? .null
    }

    private static func list(_ texts: [String]) -> SQLValue {
        .text(JSON.array(texts.map { .string($0) }).text)
    }

    private static func texts(_ list: String) throws -> [String] {
        try JSON.parse(list.utf8).arrayValue?.compactMap(\.stringValue) ?? []
    }
}
