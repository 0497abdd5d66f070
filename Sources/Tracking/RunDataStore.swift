import Database
import Kernel

/// The SQL of what a run carries: params, tags, and the datasets and models it used and made.
enum RunDataStore {
    static func param(_ key: String, of number: Int64, on connection: any SQLConnection) throws -> String? {
        try connection.first(
            "SELECT value FROM run_params WHERE run_number = $1 AND key = $2",
            [.integer(number), .text(key)]
        ) { row in try row.text(0) }
    }

    static func tag(_ key: String, of number: Int64, on connection: any SQLConnection) throws -> String? {
        try connection.first(
            "SELECT value FROM run_tags WHERE run_number = $1 AND key = $2",
            [.integer(number), .text(key)]
        ) { row in try row.text(0) }
    }

    /// The params among `keys` that are set already.
    static func params(_ keys: [String], of number: Int64, on connection: any SQLConnection) throws
        -> [ExactText: ExactText]
    {
        guard !keys.isEmpty else { return [:] }
        let rows = try connection.query(
            "SELECT key, value FROM run_params WHERE run_number = $1 AND key IN ("
                + .parameters(from: 2, count: keys.count) + ")",
            [.integer(number)] + keys.map { .text($0) }
        ) { row in (ExactText(try row.text(0)), ExactText(try row.text(1))) }
        return Dictionary(rows) { first, _ in first }
    }

    static func insert(_ params: [Param], of number: Int64, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "INSERT INTO run_params (run_number, key, value) VALUES ($1, $2, $3)",
            params.map { [.integer(number), .text($0.key), .text($0.value)] }
        )
    }

    static func setTags(_ tags: [Tag], of number: Int64, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            INSERT INTO run_tags (run_number, key, value) VALUES ($1, $2, $3)
            ON CONFLICT (run_number, key) DO UPDATE SET value = excluded.value
            """,
            tags.map { [.integer(number), .text($0.key), .text($0.value)] }
        )
    }

    /// Answers whether the tag was there.
    static func deleteTag(_ key: String, of number: Int64, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "DELETE FROM run_tags WHERE run_number = $1 AND key = $2",
            [.integer(number), .text(key)]
        ) > 0
    }

    static func insert(_ input: DatasetInput, of run: StoredRun, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO run_datasets (experiment_id, name, digest, source_type, source, schema_text, profile)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
            """,
            [
                .integer(run.run.experimentID.number), .text(input.name), .text(input.digest),
                .text(input.sourceType), .text(input.source), .text(input.schema), .text(input.profile),
            ]
        )
        let tags = JSON.array(input.tags.map { ["key": .string($0.key), "value": .string($0.value)] })
        try connection.execute(
            """
            INSERT INTO run_dataset_inputs (run_number, name, digest, experiment_id, tags, context, position)
            SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS BIGINT), CAST($5 AS TEXT),
                CAST($6 AS TEXT), COUNT(*) FROM run_dataset_inputs WHERE run_number = $1
            ON CONFLICT DO NOTHING
            """,
            [
                .integer(run.number), .text(input.name), .text(input.digest),
                .integer(run.run.experimentID.number), .text(tags.text), .text(input.context),
            ]
        )
    }

    static func insert(
        models: [ModelOutput],
        isOutput: Bool,
        of number: Int64,
        on connection: any SQLConnection
    ) throws {
        try connection.executeBatch(
            """
            INSERT INTO run_models (run_number, is_output, model_id, step) VALUES ($1, $2, $3, $4)
            ON CONFLICT (run_number, is_output, model_id) DO UPDATE SET step = excluded.step
            """,
            models.map { [.integer(number), .flag(isOutput), .text($0.modelID.text), .integer($0.step)] }
        )
    }

    /// How many active runs of its experiment name each of `runs` as their parent, counted to `limit`; those that are not
    /// there are left out.
    static func childCounts(of runs: [RunID], limit: Int, on connection: any SQLConnection) throws -> [RunID: Int] {
        let rows = try connection.query(
            childCountsText(of: runs.count, limit: limit),
            runs.map { .text($0.text) }
        ) { row in (RunID(try row.text(0)), Int(try row.integer(1))) }
        return Dictionary(rows) { first, _ in first }
    }

    /// The statement of ``childCounts(of:limit:on:)`` for so many runs.
    static func childCountsText(of count: Int, limit: Int) -> SQLText {
        """
        SELECT p.run_id, (SELECT COUNT(*) FROM (
            SELECT 1 FROM run_tags t JOIN runs r ON r.run_number = t.run_number
            WHERE t.key = 'mlflow.parentRunId' AND LENGTH(t.value) <= 250 AND t.value = p.run_id
                AND r.experiment_id = p.experiment_id AND r.deleted_at IS NULL
            LIMIT
        """ + " " + .number(limit) + ") AS few) FROM runs p WHERE p.run_id IN (" + .parameters(from: 1, count: count)
            + ")"
    }
}
