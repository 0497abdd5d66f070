import Database
import Kernel

/// The SQL of scorers, their versions and how they score what comes in.
enum ScorerStore {
    /// The id of the scorer called `name`.
    static func find(_ name: String, in experiment: ExperimentID, on connection: any SQLConnection) throws -> String? {
        try connection.first(
            "SELECT scorer_id FROM scorers WHERE experiment_id = $1 AND name = $2",
            [.integer(experiment.number), .text(name)]
        ) { try $0.text(0) }
    }

    static func count(in experiment: ExperimentID, on connection: any SQLConnection) throws -> Int64 {
        try connection.first(
            "SELECT COUNT(*) FROM scorers WHERE experiment_id = $1",
            [.integer(experiment.number)]
        ) { try $0.integer(0) } ?? 0
    }

    static func insert(
        _ id: String,
        _ name: String,
        in experiment: ExperimentID,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "INSERT INTO scorers (scorer_id, experiment_id, name) VALUES ($1, $2, $3)",
            [.text(id), .integer(experiment.number), .text(name)]
        )
    }

    /// How many versions a scorer has, and the greatest of their numbers, 0 for none.
    static func versions(of id: String, on connection: any SQLConnection) throws -> (count: Int64, last: Int64) {
        try connection.first(
            "SELECT COUNT(*), MAX(version) FROM scorer_versions WHERE scorer_id = $1",
            [.text(id)]
        ) { (count: try $0.integer(0), last: try $0.optionalInteger(1) ?? 0) } ?? (count: 0, last: 0)
    }

    static func insert(_ version: ScorerVersion, on connection: any SQLConnection) throws {
        try connection.execute(
            "INSERT INTO scorer_versions (scorer_id, version, definition, created_at) VALUES ($1, $2, $3, $4)",
            [
                .text(version.scorerID), .integer(version.version), .text(version.definition),
                .integer(version.createdAt.milliseconds),
            ]
        )
    }

    /// All versions of a scorer, the first one first.
    static func all(of id: String, on connection: any SQLConnection) throws -> [ScorerVersion] {
        try connection.query(columns + "WHERE s.scorer_id = $1 ORDER BY v.version", [.text(id)], version)
    }

    /// A version of a scorer; the last one when no number is given.
    static func version(_ number: Int64?, of id: String, on connection: any SQLConnection) throws -> ScorerVersion? {
        guard let number else {
            let text = columns + "WHERE s.scorer_id = $1 ORDER BY v.version DESC LIMIT 1"
            return try connection.first(text, [.text(id)], version)
        }
        return try connection.first(
            columns + "WHERE s.scorer_id = $1 AND v.version = $2",
            [.text(id), .integer(number)],
            version
        )
    }

    /// The last version of each scorer of active experiments, of all or of those given, by experiment and name; at most
    /// `limit`.
    static func latest(
        in experiments: [ExperimentID]?,
        limit: Int,
        on connection: any SQLConnection
    ) throws -> [ScorerVersion] {
        let which: SQLText =
            experiments.map { "AND s.experiment_id IN (" + .parameters(from: 1, count: $0.count) + ") " } ?? ""
        return try connection.query(
            columns
                + """
                JOIN experiments e ON e.experiment_id = s.experiment_id
                WHERE e.is_active = 1
                AND v.version = (SELECT MAX(l.version) FROM scorer_versions l WHERE l.scorer_id = s.scorer_id)
                """ + " " + which + "ORDER BY s.experiment_id, s.name LIMIT " + .number(limit),
            (experiments ?? []).map { .integer($0.number) },
            version
        )
    }

    /// Deletes a version; answers whether it was there.
    static func delete(_ version: Int64, of id: String, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "DELETE FROM scorer_versions WHERE scorer_id = $1 AND version = $2",
            [.text(id), .integer(version)]
        ) > 0
    }

    /// Deletes a scorer with all that belongs to it.
    static func delete(_ id: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM online_scoring WHERE scorer_id = $1", [.text(id)])
        try connection.execute("DELETE FROM scorer_versions WHERE scorer_id = $1", [.text(id)])
        try connection.execute("DELETE FROM scorers WHERE scorer_id = $1", [.text(id)])
    }

    static func set(_ scoring: OnlineScoring, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO online_scoring (scorer_id, id, sample_rate, filter) VALUES ($1, $2, $3, $4)
            ON CONFLICT (scorer_id) DO UPDATE
            SET id = excluded.id, sample_rate = excluded.sample_rate, filter = excluded.filter
            """,
            [.text(scoring.scorerID), .text(scoring.id), .double(scoring.sampleRate), .text(scoring.filter)]
        )
    }

    static func onlineScoring(of ids: [String], on connection: any SQLConnection) throws -> [OnlineScoring] {
        try connection.query(
            """
            SELECT o.id, o.scorer_id, s.experiment_id, o.sample_rate, o.filter
            FROM online_scoring o JOIN scorers s ON s.scorer_id = o.scorer_id WHERE o.scorer_id IN (
            """ + .parameters(from: 1, count: ids.count) + ") ORDER BY o.scorer_id",
            ids.map { .text($0) }
        ) { row in
            OnlineScoring(
                id: try row.text(0),
                scorerID: try row.text(1),
                experimentID: ExperimentID(number: try row.integer(2)),
                sampleRate: try row.double(3),
                filter: try row.optionalText(4)
            )
        }
    }

    private static let columns: SQLText = """
        SELECT s.scorer_id, s.experiment_id, s.name, v.version, v.definition, v.created_at
        FROM scorers s JOIN scorer_versions v ON v.scorer_id = s.scorer_id
        """ + " "

    private static func version(_ row: borrowing SQLRow) throws -> ScorerVersion {
        ScorerVersion(
            scorerID: try row.text(0),
            experimentID: ExperimentID(number: try row.integer(1)),
            name: try row.text(2),
            version: try row.integer(3),
            definition: try row.text(4),
            createdAt: Timestamp(milliseconds: try row.integer(5))
        )
    }
}
