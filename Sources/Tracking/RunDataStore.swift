import Database
import Kernel

/// The SQL of what runs carry: params, tags, and the datasets and models they used and made.
enum RunDataStore {
    static func param(_ key: String, of number: Int64, on connection: any SQLConnection) throws -> String? {
        try connection.first(
            "SELECT value FROM run_params WHERE run_number = $1 AND key = $2",
            [.integer(number), .text(key)]
        ) { row in try row.text(0) }
    }

    /// The params among `keys` that are set already.
    static func params(_ keys: [String], of number: Int64, on connection: any SQLConnection) throws -> [String: String]
    {
        guard !keys.isEmpty else { return [:] }
        let rows = try connection.query(
            "SELECT key, value FROM run_params WHERE run_number = $1 AND key IN ("
                + .parameters(from: 2, count: keys.count) + ")",
            [.integer(number)] + keys.map { .text($0) }
        ) { row in (try row.text(0), try row.text(1)) }
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
            INSERT INTO run_dataset_inputs (run_number, name, digest, experiment_id, tags, context)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
            """,
            [
                .integer(run.number), .text(input.name), .text(input.digest),
                .integer(run.run.experimentID.number), .text(tags.text),
                .text(input.tags.last { $0.key == "mlflow.data.context" }?.value),
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

    // MARK: What many runs carry, one statement for each kind

    /// Everything that `runs` carry, in the order of `runs`.
    static func details(of runs: [StoredRun], on connection: any SQLConnection) throws -> [RunDetails] {
        var details = Dictionary(runs.map { ($0.number, RunDetails(run: $0.run)) }) { first, _ in first }
        for chunk in runs.chunks(ofCount: ownersMax) {
            let numbers: [SQLValue] = chunk.map { .integer($0.number) }
            let list = SQLText.parameters(from: 1, count: numbers.count)
            try addParamsAndTags(to: &details, numbers, list, connection)
            for (number, metric) in try MetricStore.latest(of: numbers, list, on: connection) {
                details[number]?.metrics.append(metric)
            }
            try addInputs(to: &details, numbers, list, connection)
        }
        return runs.compactMap { details[$0.number] }
    }

    private static func addParamsAndTags(
        to details: inout [Int64: RunDetails],
        _ numbers: [SQLValue],
        _ list: SQLText,
        _ connection: any SQLConnection
    ) throws {
        let params = try connection.query(
            "SELECT run_number, key, value FROM run_params WHERE run_number IN (" + list + ") ORDER BY run_number, key",
            numbers
        ) { row in (try row.integer(0), Param(key: try row.text(1), value: try row.text(2))) }
        for (number, param) in params { details[number]?.params.append(param) }
        let tags = try connection.query(
            "SELECT run_number, key, value FROM run_tags WHERE run_number IN (" + list + ") ORDER BY run_number, key",
            numbers
        ) { row in (try row.integer(0), Tag(key: try row.text(1), value: try row.text(2))) }
        for (number, tag) in tags { details[number]?.tags.append(tag) }
    }

    private static func addInputs(
        to details: inout [Int64: RunDetails],
        _ numbers: [SQLValue],
        _ list: SQLText,
        _ connection: any SQLConnection
    ) throws {
        let inputs = try connection.query(
            """
            SELECT i.run_number, d.name, d.digest, d.source_type, d.source, d.schema_text, d.profile, i.tags
            FROM run_dataset_inputs AS i
            JOIN run_datasets AS d ON d.experiment_id = i.experiment_id AND d.name = i.name AND d.digest = i.digest
            WHERE i.run_number IN (
            """ + list + ") ORDER BY i.run_number, d.name, d.digest",
            numbers
        ) { row in (try row.integer(0), try datasetInput(row)) }
        for (number, input) in inputs { details[number]?.datasetInputs.append(input) }
        let models = try connection.query(
            "SELECT run_number, is_output, model_id, step FROM run_models WHERE run_number IN (" + list
                + ") ORDER BY run_number, model_id",
            numbers
        ) { row in
            let output = ModelOutput(modelID: LoggedModelID(try row.text(2)), step: try row.integer(3))
            return (try row.integer(0), try row.flag(1), output)
        }
        for (number, isOutput, model) in models {
            if isOutput {
                details[number]?.modelOutputs.append(model)
            } else {
                details[number]?.modelInputs.append(model.modelID)
            }
        }
    }

    private static func datasetInput(_ row: SQLRow) throws -> DatasetInput {
        let tags = try JSON.parse(try row.text(7).utf8).arrayValue ?? []
        return DatasetInput(
            name: try row.text(1),
            digest: try row.text(2),
            sourceType: try row.text(3),
            source: try row.text(4),
            schema: try row.optionalText(5),
            profile: try row.optionalText(6),
            tags: tags.compactMap(\.objectValue).map { tag in
                Tag(key: tag["key"]?.stringValue ?? "", value: tag["value"]?.stringValue ?? "")
            }
        )
    }
}
