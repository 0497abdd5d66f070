import Database
import Kernel

/// The SQL that removes for good.
enum PurgeStore {
    /// How many rows each of some runs has in a table.
    enum Counted: CaseIterable {
        case params, tags, metrics

        var name: String {
            switch self {
            case .params: "params"
            case .tags: "tags"
            case .metrics: "metrics"
            }
        }

        fileprivate var text: SQLText {
            switch self {
            case .params: "SELECT run_number, COUNT(*) FROM run_params WHERE run_number IN ("
            case .tags: "SELECT run_number, COUNT(*) FROM run_tags WHERE run_number IN ("
            case .metrics: "SELECT run_number, COUNT(*) FROM latest_metrics WHERE run_number IN ("
            }
        }
    }

    static func counts(_ counted: Counted, of numbers: [Int64], on connection: any SQLConnection) throws -> [Int64:
        Int64]
    {
        let rows = try connection.query(
            counted.text + .parameters(from: 1, count: numbers.count) + ") GROUP BY run_number",
            numbers.map { .integer($0) }
        ) { row in (try row.integer(0), try row.integer(1)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// Removes runs with all that they carry but their points, which go later in pieces, by ``deletePoints(limit:on:)``;
    /// and the datasets that no run has read any more.
    static func deleteRuns(_ numbers: [Int64], on connection: any SQLConnection) throws {
        let values = numbers.map { SQLValue.integer($0) }
        let list = SQLText.parameters(from: 1, count: numbers.count) + ")"
        let datasets = try connection.query(
            "SELECT DISTINCT experiment_id, name, digest FROM run_dataset_inputs WHERE run_number IN (" + list,
            values
        ) { $0.values }
        try connection.execute("DELETE FROM run_params WHERE run_number IN (" + list, values)
        try connection.execute("DELETE FROM run_tags WHERE run_number IN (" + list, values)
        try connection.execute("DELETE FROM run_dataset_inputs WHERE run_number IN (" + list, values)
        try connection.execute("DELETE FROM run_models WHERE run_number IN (" + list, values)
        try connection.execute("DELETE FROM trace_runs WHERE run_number IN (" + list, values)
        try IssueStore.forgetRuns(numbers, on: connection)
        try connection.execute("DELETE FROM runs WHERE run_number IN (" + list, values)
        try connection.executeBatch("INSERT INTO purged_runs (run_number) VALUES ($1)", values.map { [$0] })
        try connection.executeBatch(
            """
            DELETE FROM run_datasets WHERE experiment_id = $1 AND name = $2 AND digest = $3 AND NOT EXISTS (
                SELECT 1 FROM run_dataset_inputs i WHERE i.experiment_id = $1 AND i.name = $2 AND i.digest = $3
            )
            """,
            datasets
        )
    }

    /// Whether a run is gone of which points may be left.
    static func hasPoints(on connection: any SQLConnection) throws -> Bool {
        try connection.first("SELECT 1 FROM purged_runs LIMIT 1") { _ in true } ?? false
    }

    /// Removes points of runs that are gone, at most about `limit` of each kind; answers whether there may be more.
    static func deletePoints(limit: Int, on connection: any SQLConnection) throws -> Bool {
        let numbers = try connection.query("SELECT run_number FROM purged_runs ORDER BY run_number LIMIT 100", []) {
            SQLValue.integer(try $0.integer(0))
        }
        guard !numbers.isEmpty else { return false }
        let list = SQLText.parameters(from: 1, count: numbers.count) + ")"
        let bounded = list + " LIMIT " + .number(limit) + ")"
        var count = try connection.execute(
            """
            DELETE FROM metric_points WHERE (run_number, key_id, step, timestamp, value, is_nan) IN (
                SELECT run_number, key_id, step, timestamp, value, is_nan FROM metric_points WHERE run_number IN (
            """ + bounded,
            numbers
        )
        count += try connection.execute(
            """
            DELETE FROM metric_chunks WHERE (run_number, key_id, points) IN (
                SELECT run_number, key_id, points FROM metric_chunks WHERE run_number IN (
            """ + bounded,
            numbers
        )
        count += try connection.execute(
            """
            DELETE FROM latest_metrics WHERE (run_number, key_id) IN (
                SELECT run_number, key_id FROM latest_metrics WHERE run_number IN (
            """ + bounded,
            numbers
        )
        if count == 0 { try connection.execute("DELETE FROM purged_runs WHERE run_number IN (" + list, numbers) }
        return true
    }

    static func deleteLoggedModels(_ ids: [LoggedModelID], on connection: any SQLConnection) throws {
        let values = ids.map { SQLValue.text($0.text) }
        let list = SQLText.parameters(from: 1, count: ids.count) + ")"
        try connection.execute("DELETE FROM logged_model_metrics WHERE model_id IN (" + list, values)
        try connection.execute("DELETE FROM logged_model_params WHERE model_id IN (" + list, values)
        try connection.execute("DELETE FROM logged_model_tags WHERE model_id IN (" + list, values)
        try connection.execute("DELETE FROM logged_models WHERE model_id IN (" + list, values)
    }

    /// Removes experiments without runs, logged models and traces, with their scorers and issues; evaluation datasets stay,
    /// and belong to them no more.
    static func deleteExperiments(_ ids: [ExperimentID], on connection: any SQLConnection) throws {
        let values = ids.map { SQLValue.integer($0.number) }
        let list = SQLText.parameters(from: 1, count: ids.count) + ")"
        try connection.execute("DELETE FROM evaluation_dataset_experiments WHERE experiment_id IN (" + list, values)
        // Versions, online scoring and the notes of what endpoints are used for go with the scorers.
        try connection.execute("DELETE FROM scorers WHERE experiment_id IN (" + list, values)
        try IssueStore.delete(of: ids, on: connection)
        try connection.execute("DELETE FROM run_datasets WHERE experiment_id IN (" + list, values)
        try connection.execute("DELETE FROM experiment_tags WHERE experiment_id IN (" + list, values)
        try connection.execute("DELETE FROM experiments WHERE experiment_id IN (" + list, values)
    }
}
