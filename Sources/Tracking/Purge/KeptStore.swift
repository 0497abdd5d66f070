import Database
import Kernel
import ObjectStore

/// The SQL of what in Tracking itself keeps something from being removed for good.
enum KeptStore {
    /// Of `runs`, those that an active run names as its parent, each with one such run.
    static func activeChildren(of runs: [RunID], on connection: any SQLConnection) throws -> [String: String] {
        guard !runs.isEmpty else { return [:] }
        let rows = try connection.query(
            """
            SELECT t.value, r.run_id FROM run_tags t JOIN runs r ON r.run_number = t.run_number
            WHERE t.key = 'mlflow.parentRunId' AND LENGTH(t.value) <= 250 AND r.deleted_at IS NULL AND t.value IN (
            """ + .parameters(from: 1, count: runs.count) + ") ORDER BY t.value, r.run_id",
            runs.map { .text($0.text) }
        ) { row in (try row.text(0), try row.text(1)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// Experiments that keep their artifacts within some run's or logged model's folder, each with where.
    static func experimentsWithin(_ ownFolder: (String) -> ObjectKey?, on connection: any SQLConnection) throws
        -> [(id: String, folder: ObjectKey)]
    {
        // Only below a folder called `artifacts` can such a place be, whose letters may be written as `%61` and so on.
        try connection.query(
            """
            SELECT experiment_id, artifact_location FROM experiments
            WHERE artifact_location LIKE '%/artifacts%' OR artifact_location LIKE '%\\%%' ESCAPE '\\'
            """,
            []
        ) { row in (String(try row.integer(0)), ownFolder(try row.text(1))) }
        .compactMap { id, folder in folder.map { (id: id, folder: $0) } }
    }

    /// Of `experiments`, those with runs that stay when all runs that were deleted until `time` go: each with one.
    static func runs(of experiments: [ExperimentID], staying time: Timestamp?, on connection: any SQLConnection) throws
        -> [ExperimentID: String]
    {
        try first(
            "SELECT experiment_id, MIN(run_id) FROM runs WHERE (deleted_at IS NULL OR deleted_at > $1) AND experiment_id IN (",
            of: experiments,
            time,
            on: connection
        )
    }

    /// Of `experiments`, those with logged models, each with one.
    static func loggedModels(of experiments: [ExperimentID], on connection: any SQLConnection) throws
        -> [ExperimentID: String]
    {
        try first(
            "SELECT experiment_id, MIN(model_id) FROM logged_models WHERE created_at >= $1 AND experiment_id IN (",
            of: experiments,
            nil,
            on: connection
        )
    }

    /// Of `experiments`, those with traces, each with one.
    static func traces(of experiments: [ExperimentID], on connection: any SQLConnection) throws
        -> [ExperimentID: String]
    {
        try first(
            "SELECT experiment_id, MIN(trace_id) FROM traces WHERE requested_at >= $1 AND experiment_id IN (",
            of: experiments,
            nil,
            on: connection
        )
    }

    private static func first(
        _ text: SQLText,
        of experiments: [ExperimentID],
        _ time: Timestamp?,
        on connection: any SQLConnection
    ) throws -> [ExperimentID: String] {
        guard !experiments.isEmpty else { return [:] }
        let rows = try connection.query(
            text + .parameters(from: 2, count: experiments.count) + ") GROUP BY experiment_id",
            [.integer(time?.milliseconds ?? .min)] + experiments.map { .integer($0.number) }
        ) { row in (ExperimentID(number: try row.integer(0)), try row.text(1)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// Those of the ids that no row has: runs, logged models and traces that are gone for good.
    static func gone(_ ids: [PurgeCandidate.ID], on connection: any SQLConnection) throws -> Set<PurgeCandidate.ID> {
        var gone = Set(ids)
        let runs = ids.filter { $0.kind == .run }.map { RunID($0.text) }
        if !runs.isEmpty {
            for stored in try RunStore.find(runs, on: connection) { gone.remove(.init(.run, stored.run.id.text)) }
        }
        let models = ids.filter { $0.kind == .loggedModel }.map { SQLValue.text($0.text) }
        if !models.isEmpty {
            let known = try connection.query(
                "SELECT model_id FROM logged_models WHERE model_id IN (" + .parameters(from: 1, count: models.count)
                    + ")",
                models
            ) { try $0.text(0) }
            for id in known { gone.remove(.init(.loggedModel, id)) }
        }
        // The folder of a trace of MLflow 2, whose id is a bare number, looks like that of a run.
        let traces = ids.filter { $0.kind == .trace || $0.kind == .run }.map { TraceID($0.text) }
        for id in try TraceStore.known(traces, on: connection) {
            gone.remove(.init(.trace, id.text))
            gone.remove(.init(.run, id.text))
        }
        return gone
    }
}
