import Database
import Kernel

/// The SQL of logged models.
enum LoggedModelStore {
    static func insert(_ model: LoggedModel, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO logged_models (model_id, experiment_id, name, artifact_uri, model_type, source_run_id, status,
                created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                .text(model.id.text), .integer(model.experimentID.number), .text(model.name),
                .text(model.artifactURI), .text(model.modelType), .text(model.sourceRunID?.text),
                .integer(model.status.rawValue), .integer(model.createdAt.milliseconds),
                .integer(model.updatedAt.milliseconds),
            ]
        )
        try setTags(model.tags, of: model.id, on: connection)
        try insert(model.params, of: model.id, on: connection)
    }

    static func find(_ id: LoggedModelID, on connection: any SQLConnection) throws -> LoggedModel? {
        let rows = try connection.query(
            columns + "WHERE model_id = $1 AND deleted_at IS NULL",
            [.text(id.text)],
            loggedModel
        )
        return try withData(rows, on: connection).first
    }

    /// Whether there is one of that id, deleted or not.
    static func exists(_ id: LoggedModelID, on connection: any SQLConnection) throws -> Bool {
        try connection.first("SELECT 1 FROM logged_models WHERE model_id = $1", [.text(id.text)]) { _ in true } ?? false
    }

    static func search(_ text: SQLText, _ parameters: [SQLValue], on connection: any SQLConnection) throws
        -> [LoggedModel]
    {
        try withData(connection.query(columns + text, parameters, loggedModel), on: connection)
    }

    static func setStatus(
        _ status: LoggedModelStatus,
        _ id: LoggedModelID,
        at time: Timestamp,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE logged_models SET status = $2, updated_at = $3 WHERE model_id = $1",
            [.text(id.text), .integer(status.rawValue), .integer(time.milliseconds)]
        )
    }

    static func delete(_ id: LoggedModelID, at time: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE logged_models SET deleted_at = $2 WHERE model_id = $1",
            [.text(id.text), .integer(time.milliseconds)]
        )
    }

    static func setTags(_ tags: [Tag], of id: LoggedModelID, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            INSERT INTO logged_model_tags (model_id, key, value) VALUES ($1, $2, $3)
            ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value
            """,
            tags.map { [.text(id.text), .text($0.key), .text($0.value)] }
        )
    }

    /// Answers whether the tag was there.
    static func deleteTag(_ key: String, of id: LoggedModelID, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "DELETE FROM logged_model_tags WHERE model_id = $1 AND key = $2",
            [.text(id.text), .text(key)]
        ) > 0
    }

    static func insert(_ params: [Param], of id: LoggedModelID, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            INSERT INTO logged_model_params (model_id, key, value) VALUES ($1, $2, $3)
            ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value
            """,
            params.map { [.text(id.text), .text($0.key), .text($0.value)] }
        )
    }

    /// Notes those of `metrics` that tell of a logged model.
    static func append(_ metrics: [Metric], from run: RunID, on connection: any SQLConnection) throws {
        let rows: [[SQLValue]] = metrics.compactMap { metric in
            metric.modelID.map { id in
                [
                    .text(id.text), .text(metric.key), .text(run.text), .text(metric.datasetName ?? ""),
                    .text(metric.datasetDigest ?? ""), .integer(metric.step),
                    .integer(metric.timestamp.milliseconds), .double(metric.point.storedValue),
                    .flag(metric.value.isNaN),
                ]
            }
        }
        guard !rows.isEmpty else { return }
        try connection.executeBatch(
            """
            INSERT INTO logged_model_metrics
                (model_id, key, run_id, dataset_name, dataset_digest, step, timestamp, value, is_nan)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
            """,
            rows
        )
    }

    private static let columns: SQLText = """
        SELECT model_id, experiment_id, name, artifact_uri, model_type, source_run_id, status, created_at, updated_at \
        FROM logged_models \

        """

    private static func loggedModel(_ row: borrowing SQLRow) throws -> LoggedModel {
        LoggedModel(
            id: LoggedModelID(try row.text(0)),
            experimentID: ExperimentID(number: try row.integer(1)),
            name: try row.text(2),
            artifactURI: try row.text(3),
            modelType: try row.text(4),
            sourceRunID: try row.optionalText(5).map(RunID.init),
            status: LoggedModelStatus(rawValue: try row.integer(6)) ?? .pending,
            createdAt: Timestamp(milliseconds: try row.integer(7)),
            updatedAt: Timestamp(milliseconds: try row.integer(8))
        )
    }

    private static func withData(_ models: [LoggedModel], on connection: any SQLConnection) throws -> [LoggedModel] {
        var data = Dictionary(models.map { ($0.id.text, $0) }) { first, _ in first }
        for chunk in models.chunks(ofCount: ownersMax) {
            let ids: [SQLValue] = chunk.map { .text($0.id.text) }
            let list = SQLText.parameters(from: 1, count: ids.count) + ") "
            let tags = try connection.query(
                "SELECT model_id, key, value FROM logged_model_tags WHERE model_id IN (" + list
                    + "ORDER BY model_id, key",
                ids
            ) { row in (try row.text(0), Tag(key: try row.text(1), value: try row.text(2))) }
            for (id, tag) in tags { data[id]?.tags.append(tag) }
            let params = try connection.query(
                "SELECT model_id, key, value FROM logged_model_params WHERE model_id IN (" + list
                    + "ORDER BY model_id, key",
                ids
            ) { row in (try row.text(0), Param(key: try row.text(1), value: try row.text(2))) }
            for (id, param) in params { data[id]?.params.append(param) }
            for (id, metric) in try metrics(of: ids, list, on: connection) { data[id]?.metrics.append(metric) }
        }
        return models.compactMap { data[$0.id.text] }
    }

    private static func metrics(of ids: [SQLValue], _ list: SQLText, on connection: any SQLConnection) throws
        -> [(String, LoggedModelMetric)]
    {
        try connection.query(
            """
            SELECT model_id, key, run_id, dataset_name, dataset_digest, step, timestamp, value, is_nan
            FROM logged_model_metrics WHERE model_id IN (
            """ + list + "ORDER BY model_id, key, step, timestamp",
            ids
        ) { row in
            let name = try row.text(3)
            let digest = try row.text(4)
            let metric = Metric(
                key: try row.text(1),
                value: try row.flag(8) ? .nan : try row.double(7),
                timestamp: Timestamp(milliseconds: try row.integer(6)),
                step: try row.integer(5),
                modelID: LoggedModelID(try row.text(0)),
                datasetName: name.isEmpty ? nil : name,
                datasetDigest: digest.isEmpty ? nil : digest
            )
            return (try row.text(0), LoggedModelMetric(metric: metric, runID: RunID(try row.text(2))))
        }
    }
}
