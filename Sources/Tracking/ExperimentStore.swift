import Database
import Kernel

/// The SQL of experiments and their tags.
enum ExperimentStore {
    static func insert(_ experiment: Experiment, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO experiments (experiment_id, name, artifact_location, is_active, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .integer(experiment.id.number), .text(experiment.name), .text(experiment.artifactLocation),
                .flag(experiment.isActive), .integer(experiment.createdAt.milliseconds),
                .integer(experiment.updatedAt.milliseconds),
            ]
        )
        try setTags(experiment.tags, of: experiment.id, on: connection)
    }

    static func find(_ id: ExperimentID, on connection: any SQLConnection) throws -> Experiment? {
        let rows = try connection.query(columns + "WHERE experiment_id = $1", [.integer(id.number)], experiment)
        return try withTags(rows, on: connection).first
    }

    static func find(named name: String, on connection: any SQLConnection) throws -> Experiment? {
        let rows = try connection.query(columns + "WHERE name = $1", [.text(name)], experiment)
        return try withTags(rows, on: connection).first
    }

    static func search(
        _ condition: SQLText,
        _ parameters: [SQLValue],
        on connection: any SQLConnection
    ) throws -> [Experiment] {
        try withTags(connection.query(columns + condition, parameters, experiment), on: connection)
    }

    static func update(_ id: ExperimentID, name: String, at time: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE experiments SET name = $2, updated_at = $3 WHERE experiment_id = $1",
            [.integer(id.number), .text(name), .integer(time.milliseconds)]
        )
    }

    static func setActive(_ isActive: Bool, _ id: ExperimentID, at time: Timestamp, on connection: any SQLConnection)
        throws
    {
        try connection.execute(
            "UPDATE experiments SET is_active = $2, updated_at = $3 WHERE experiment_id = $1",
            [.integer(id.number), .flag(isActive), .integer(time.milliseconds)]
        )
    }

    static func setTags(_ tags: [Tag], of id: ExperimentID, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            INSERT INTO experiment_tags (experiment_id, key, value) VALUES ($1, $2, $3)
            ON CONFLICT (experiment_id, key) DO UPDATE SET value = excluded.value
            """,
            tags.map { [.integer(id.number), .text($0.key), .text($0.value)] }
        )
    }

    /// Answers whether the tag was there.
    static func deleteTag(_ key: String, of id: ExperimentID, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "DELETE FROM experiment_tags WHERE experiment_id = $1 AND key = $2",
            [.integer(id.number), .text(key)]
        ) > 0
    }

    private static let columns: SQLText =
        "SELECT experiment_id, name, artifact_location, is_active, created_at, updated_at FROM experiments "

    private static func experiment(_ row: borrowing SQLRow) throws -> Experiment {
        Experiment(
            id: ExperimentID(number: try row.integer(0)),
            name: try row.text(1),
            artifactLocation: try row.text(2),
            isActive: try row.flag(3),
            createdAt: Timestamp(milliseconds: try row.integer(4)),
            updatedAt: Timestamp(milliseconds: try row.integer(5)),
            tags: []
        )
    }

    private static func withTags(_ experiments: [Experiment], on connection: any SQLConnection) throws -> [Experiment] {
        var tags: [ExperimentID: [Tag]] = [:]
        for chunk in experiments.chunks(ofCount: ownersMax) {
            let rows = try connection.query(
                "SELECT experiment_id, key, value FROM experiment_tags WHERE experiment_id IN ("
                    + .parameters(from: 1, count: chunk.count) + ") ORDER BY experiment_id, key",
                chunk.map { .integer($0.id.number) }
            ) { row in (ExperimentID(number: try row.integer(0)), Tag(key: try row.text(1), value: try row.text(2))) }
            for (id, tag) in rows { tags[id, default: []].append(tag) }
        }
        return experiments.map { experiment in
            var experiment = experiment
            experiment.tags = tags[experiment.id] ?? []
            return experiment
        }
    }
}
