import Database
import Kernel

/// The SQL that finds what is deleted. The order is that of a key, so that one page follows the other.
enum PurgeCandidateStore {
    struct DeletedModel: Sendable {
        let id: LoggedModelID
        let experimentID: ExperimentID
        let name: String
        let artifactURI: String
    }

    struct DeletedTrace: Sendable {
        let id: TraceID
        let experimentID: ExperimentID
        let artifactURI: String
    }

    /// At most `limit` runs with numbers above `number`.
    static func runs(
        _ selection: PurgeSelection,
        after number: Int64,
        limit: Int,
        on connection: any SQLConnection
    ) throws -> [StoredRun] {
        var parameters: [SQLValue] = [.integer(number), .integer(selection.deletedUntil.milliseconds)]
        let which = which(
            ("runs.run_id", selection.runIDs?.map { .text($0.text) }),
            ("runs.experiment_id", selection.experimentIDs),
            &parameters
        )
        var nothing = 0
        return try RunStore.search(
            "FROM runs WHERE runs.run_number > $1 AND runs.deleted_at <= $2" + which
                + " ORDER BY runs.run_number LIMIT " + .number(limit),
            parameters,
            skipping: &nothing,
            on: connection
        )
    }

    /// Those of the runs `numbers` that are still deleted.
    static func stillDeleted(_ numbers: [Int64], until time: Timestamp, on connection: any SQLConnection) throws
        -> [StoredRun]
    {
        guard !numbers.isEmpty else { return [] }
        var nothing = 0
        return try RunStore.search(
            "FROM runs WHERE runs.deleted_at <= $1 AND runs.run_number IN ("
                + .parameters(from: 2, count: numbers.count) + ") ORDER BY runs.run_number",
            [.integer(time.milliseconds)] + numbers.map { .integer($0) },
            skipping: &nothing,
            on: connection
        )
    }

    /// At most `limit` logged models with ids after `id`: those that are deleted, and those of deleted experiments.
    static func loggedModels(
        _ selection: PurgeSelection,
        after id: String,
        limit: Int,
        on connection: any SQLConnection
    ) throws -> [DeletedModel] {
        var parameters: [SQLValue] = [.text(id), .integer(selection.deletedUntil.milliseconds)]
        let which = which(
            ("m.model_id", selection.loggedModelIDs?.map { .text($0.text) }),
            ("m.experiment_id", selection.experimentIDs),
            &parameters
        )
        return try models(
            "m.model_id > $1 AND ",
            which + " ORDER BY m.model_id LIMIT " + .number(limit),
            parameters,
            connection
        )
    }

    /// Those of the logged models `ids` that are still deleted, or whose experiment is.
    static func stillDeleted(_ ids: [LoggedModelID], until time: Timestamp, on connection: any SQLConnection) throws
        -> [DeletedModel]
    {
        guard !ids.isEmpty else { return [] }
        let list = SQLText.parameters(from: 3, count: ids.count)
        return try models(
            "$1 = '' AND m.model_id IN (" + list + ") AND ",
            " ORDER BY m.model_id",
            [.text(""), .integer(time.milliseconds)] + ids.map { .text($0.text) },
            connection
        )
    }

    private static func models(
        _ first: SQLText,
        _ last: SQLText,
        _ parameters: [SQLValue],
        _ connection: any SQLConnection
    ) throws -> [DeletedModel] {
        try connection.query(
            """
            SELECT m.model_id, m.experiment_id, m.name, m.artifact_uri FROM logged_models m
            JOIN experiments e ON e.experiment_id = m.experiment_id WHERE
            """ + " " + first + "(m.deleted_at <= $2 OR (e.is_active = 0 AND e.updated_at <= $2))" + last,
            parameters
        ) { row in
            DeletedModel(
                id: LoggedModelID(try row.text(0)),
                experimentID: ExperimentID(number: try row.integer(1)),
                name: try row.text(2),
                artifactURI: try row.text(3)
            )
        }
    }

    /// At most `limit` traces of deleted experiments with ids after `id`.
    static func traces(
        _ selection: PurgeSelection,
        after id: String,
        limit: Int,
        on connection: any SQLConnection
    ) throws -> [DeletedTrace] {
        var parameters: [SQLValue] = [.text(id), .integer(selection.deletedUntil.milliseconds)]
        let which = which(("t.trace_id", nil), ("t.experiment_id", selection.experimentIDs), &parameters)
        return try traces(which + " ORDER BY t.trace_id LIMIT " + .number(limit), parameters, connection)
    }

    /// Those of the traces `ids` whose experiment is still deleted.
    static func stillDeleted(_ ids: [TraceID], until time: Timestamp, on connection: any SQLConnection) throws
        -> [DeletedTrace]
    {
        guard !ids.isEmpty else { return [] }
        return try traces(
            " AND t.trace_id IN (" + .parameters(from: 3, count: ids.count) + ") ORDER BY t.trace_id",
            [.text(""), .integer(time.milliseconds)] + ids.map { .text($0.text) },
            connection
        )
    }

    private static func traces(_ last: SQLText, _ parameters: [SQLValue], _ connection: any SQLConnection) throws
        -> [DeletedTrace]
    {
        try connection.query(
            """
            SELECT t.trace_id, t.experiment_id, g.value FROM traces t
            JOIN experiments e ON e.experiment_id = t.experiment_id
            LEFT JOIN trace_tags g ON g.trace_id = t.trace_id AND g.key = 'mlflow.artifactLocation'
            WHERE t.trace_id > $1 AND e.is_active = 0 AND e.updated_at <= $2
            """ + last,
            parameters
        ) { row in
            DeletedTrace(
                id: TraceID(try row.text(0)),
                experimentID: ExperimentID(number: try row.integer(1)),
                artifactURI: try row.optionalText(2) ?? ""
            )
        }
    }

    /// At most `limit` experiments with numbers above `number`; never the experiment `Default`, which a server makes
    /// anew.
    static func experiments(
        _ selection: PurgeSelection,
        after number: Int64,
        limit: Int,
        on connection: any SQLConnection
    ) throws -> [Experiment] {
        var parameters: [SQLValue] = [.integer(max(number, 0)), .integer(selection.deletedUntil.milliseconds)]
        let which = which(("experiment_id", nil), ("experiment_id", selection.experimentIDs), &parameters)
        return try ExperimentStore.search(
            "WHERE experiment_id > $1 AND is_active = 0 AND updated_at <= $2" + which
                + " ORDER BY experiment_id LIMIT " + .number(limit),
            parameters,
            on: connection
        )
    }

    /// The condition that narrows a search to what is named: by its own id, or by its experiment.
    private static func which(
        _ own: (column: SQLText, ids: [SQLValue]?),
        _ experiments: (column: SQLText, ids: [ExperimentID]?),
        _ parameters: inout [SQLValue]
    ) -> SQLText {
        if own.ids == nil, experiments.ids == nil { return "" }
        var ways: [SQLText] = []
        for (column, ids) in [
            (own.column, own.ids ?? []), (experiments.column, (experiments.ids ?? []).map { .integer($0.number) }),
        ] where !ids.isEmpty {
            ways.append(column + " IN (" + .parameters(from: parameters.count + 1, count: ids.count) + ")")
            parameters += ids
        }
        return ways.isEmpty ? " AND 1 = 0" : " AND (" + ways.joined(separator: " OR ") + ")"
    }
}
