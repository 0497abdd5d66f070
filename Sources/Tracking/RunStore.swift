import Database
package import Kernel

/// A run with the number by which the tables know it.
struct StoredRun: Sendable {
    let number: Int64
    let run: Run
}

/// The SQL of runs.
enum RunStore {
    static func insert(_ run: Run, _ number: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO runs (run_number, run_id, experiment_id, name, user_id, status, started_at, artifact_uri)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .integer(number), .text(run.id.text), .integer(run.experimentID.number), .text(run.name),
                .text(run.userID), .integer(run.status.rawValue), .integer(run.startedAt.milliseconds),
                .text(run.artifactURI),
            ]
        )
    }

    static func find(_ id: RunID, on connection: any SQLConnection) throws -> StoredRun? {
        try connection.first(columns + "FROM runs WHERE runs.run_id = $1", [.text(id.text)], storedRun)
    }

    static func find(_ ids: [RunID], on connection: any SQLConnection) throws -> [StoredRun] {
        try connection.query(
            columns + "FROM runs WHERE runs.run_id IN (" + .parameters(from: 1, count: ids.count) + ")",
            ids.map { .text($0.text) },
            storedRun
        )
    }

    /// The runs that `text`, which begins with FROM, selects, without the first `skip`, which is counted down.
    static func search(
        _ text: SQLText,
        _ parameters: [SQLValue],
        skipping skip: inout Int,
        on connection: any SQLConnection
    ) throws -> [StoredRun] {
        var runs: [StoredRun] = []
        try connection.forEachRow(columns + text, parameters) { row in
            if skip > 0 { skip -= 1 } else { runs.append(try storedRun(row)) }
        }
        return runs
    }

    static func update(_ number: Int64, _ change: RunChange, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE runs SET status = COALESCE(CAST($2 AS SMALLINT), status),
                ended_at = COALESCE(CAST($3 AS BIGINT), ended_at), name = COALESCE(CAST($4 AS TEXT), name)
            WHERE run_number = $1
            """,
            [
                .integer(number), .integer(change.status?.rawValue), .integer(change.endedAt?.milliseconds),
                .text(change.name),
            ]
        )
    }

    static func setDeleted(_ time: Timestamp?, _ number: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE runs SET deleted_at = $2 WHERE run_number = $1",
            [.integer(number), .integer(time?.milliseconds)]
        )
    }

    /// Deletes or restores all runs of an experiment.
    static func setDeleted(_ time: Timestamp?, of experiment: ExperimentID, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE runs SET deleted_at = $2 WHERE experiment_id = $1",
            [.integer(experiment.number), .integer(time?.milliseconds)]
        )
    }

    private static let columns: SQLText = """
        SELECT runs.run_number, runs.run_id, runs.experiment_id, runs.name, runs.user_id, runs.status, \
        runs.started_at, runs.ended_at, runs.deleted_at, runs.artifact_uri \

        """

    private static func storedRun(_ row: borrowing SQLRow) throws -> StoredRun {
        StoredRun(
            number: try row.integer(0),
            run: Run(
                id: RunID(try row.text(1)),
                experimentID: ExperimentID(number: try row.integer(2)),
                name: try row.text(3),
                userID: try row.text(4),
                status: RunStatus(rawValue: try row.integer(5)) ?? .running,
                startedAt: Timestamp(milliseconds: try row.integer(6)),
                endedAt: try row.optionalInteger(7).map(Timestamp.init(milliseconds:)),
                isActive: row.isNull(8),
                artifactURI: try row.text(9)
            )
        )
    }
}

/// What an update changes of a run; nil leaves it as it is.
package struct RunChange: Sendable {
    /// How far it is.
    package var status: RunStatus?
    /// When it ended.
    package var endedAt: Timestamp?
    /// Its name for people.
    package var name: String?

    /// A change of what is not nil.
    package init(status: RunStatus? = nil, endedAt: Timestamp? = nil, name: String? = nil) {
        self.status = status
        self.endedAt = endedAt
        self.name = name
    }
}
