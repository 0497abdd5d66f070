import Artifacts
import Database
import Kernel
import ObjectStore

/// The SQL that takes in what comes from another tracking server: what is there already stays as it is, but for what had
/// not come to its end when it came.
enum AdmissionStore {
    static func insert(_ experiments: [Experiment], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            INSERT INTO experiments (experiment_id, name, artifact_location, is_active, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (experiment_id) DO NOTHING
            """,
            experiments.map { experiment in
                [
                    .integer(experiment.id.number), .text(experiment.name), .text(experiment.artifactLocation),
                    .flag(experiment.isActive), .integer(experiment.createdAt.milliseconds),
                    .integer(experiment.updatedAt.milliseconds),
                ]
            }
        )
        guard let last = experiments.map(\.id.number).max() else { return }
        try CounterStore.raise("experiment", to: last, on: connection)
    }

    /// Gives the experiment `Default` what `experiment` has, if nobody has used it yet.
    static func replaceUnused(by experiment: Experiment, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE experiments SET name = $2, artifact_location = $3, is_active = $4, created_at = $5, updated_at = $6
            WHERE experiment_id = $1 AND name = 'Default'
                AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.experiment_id = $1)
            """,
            [
                .integer(experiment.id.number), .text(experiment.name), .text(experiment.artifactLocation),
                .flag(experiment.isActive), .integer(experiment.createdAt.milliseconds),
                .integer(experiment.updatedAt.milliseconds),
            ]
        )
    }

    static func hasRuns(_ id: ExperimentID, on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            "SELECT 1 FROM runs WHERE experiment_id = $1 LIMIT 1",
            [.integer(id.number)]
        ) { _ in true } ?? false
    }

    static func insert(_ tags: [Owned<ExperimentID, Tag>], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "INSERT INTO experiment_tags (experiment_id, key, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            tags.map { [.integer($0.owner.number), .text($0.value.key), .text($0.value.value)] }
        )
    }

    /// A collection that was interrupted may have left the removal of a run's files to the next one, of a run that is
    /// here again now.
    static func insert(_ runs: [AdmittedRun], on connection: any SQLConnection) throws {
        try ArtifactRemovals.withdraw(runs.compactMap(\.folder), on: connection)
        let known = try stored(runs.map(\.id), on: connection)
        for run in runs {
            guard let stored = known[run.id], !stored.run.status.isFinal, run.status.isFinal else { continue }
            try RunStore.update(stored.number, RunChange(status: run.status, endedAt: run.endedAt), on: connection)
        }
        let new = runs.filter { known[$0.id] == nil }
        let last = try CounterStore.take(new.count, of: "run", on: connection)
        let first = last - Int64(new.count) + 1
        try connection.executeBatch(
            """
            INSERT INTO runs (run_number, run_id, experiment_id, name, user_id, status, started_at, ended_at,
                deleted_at, artifact_uri)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            new.enumerated().map { index, run in
                [
                    .integer(first + Int64(index)), .text(run.id.text),
                    .integer(run.experimentID.number), .text(run.name), .text(run.userID),
                    .integer(run.status.rawValue), .integer(run.startedAt.milliseconds),
                    .integer(run.endedAt?.milliseconds), .integer(run.deletedAt?.milliseconds), .text(run.artifactURI),
                ]
            }
        )
    }

    static func insertParams(_ params: [(number: Int64, param: Param)], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "INSERT INTO run_params (run_number, key, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            params.map { [.integer($0.number), .text($0.param.key), .text($0.param.value)] }
        )
    }

    static func insertTags(_ tags: [(number: Int64, tag: Tag)], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "INSERT INTO run_tags (run_number, key, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            tags.map { [.integer($0.number), .text($0.tag.key), .text($0.tag.value)] }
        )
    }

    /// Those of `metrics` that the run numbered `number` has not yet: a point that comes again may come in other
    /// company, and a chunk with other points in it is another row.
    static func missing(_ metrics: [Metric], of number: Int64, on connection: any SQLConnection) throws -> [Metric] {
        let keys = try MetricStore.keys(of: number, on: connection).map(ExactText.init)
        var steps = Dictionary(uniqueKeysWithValues: keys.map { ($0, [Int64]()) })
        guard !steps.isEmpty else { return metrics }
        for metric in metrics { steps[ExactText(metric.key)]?.append(metric.step) }
        var there: Set<AdmittedPoint> = []
        for (key, steps) in steps {
            guard let first = steps.min(), let last = steps.max() else { continue }
            let history = try MetricHistory(of: number, key: key.text, on: connection)
            for point in try history?.points(first...last) ?? [] { there.insert(AdmittedPoint(key, point)) }
        }
        return metrics.filter { !there.contains(AdmittedPoint(ExactText($0.key), $0.point)) }
    }

    /// Makes `points` the latest of their metrics where none is later: of NaN and 0 at one time, either may be.
    static func setLatest(_ points: [(number: Int64, metric: Metric)], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            UPDATE latest_metrics SET value = $5, is_nan = $6
            WHERE run_number = $1 AND key_id = (SELECT key_id FROM metric_keys WHERE key = $2)
                AND step = $3 AND timestamp = $4 AND value = $5 AND is_nan <> $6
            """,
            points.map { number, metric in
                [
                    .integer(number), .text(metric.key), .integer(metric.step),
                    .integer(metric.timestamp.milliseconds), .double(metric.point.storedValue),
                    .flag(metric.value.isNaN),
                ]
            }
        )
    }

    /// The removal of their files is taken back, as that of runs.
    static func insert(_ models: [AdmittedLoggedModel], on connection: any SQLConnection) throws {
        try ArtifactRemovals.withdraw(models.compactMap(\.folder), on: connection)
        try connection.executeBatch(
            """
            INSERT INTO logged_models (model_id, experiment_id, name, artifact_uri, model_type, source_run_id, status,
                created_at, updated_at, deleted_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (model_id) DO UPDATE
            SET status = excluded.status, updated_at = excluded.updated_at
            WHERE logged_models.status = $11 AND excluded.status <> $11
            """,
            models.map { model in
                let deletedAt = model.isDeleted ? model.updatedAt : nil
                return [
                    .text(model.id.text), .integer(model.experimentID.number), .text(model.name),
                    .text(model.artifactURI), .text(model.modelType), .text(model.sourceRunID?.text),
                    .integer(model.status.rawValue), .integer(model.createdAt.milliseconds),
                    .integer(model.updatedAt.milliseconds), .integer(deletedAt?.milliseconds),
                    .integer(LoggedModelStatus.pending.rawValue),
                ]
            }
        )
    }

    static func insert(_ params: [Owned<LoggedModelID, Param>], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "INSERT INTO logged_model_params (model_id, key, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            params.map { [.text($0.owner.text), .text($0.value.key), .text($0.value.value)] }
        )
    }

    static func insert(_ tags: [Owned<LoggedModelID, Tag>], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "INSERT INTO logged_model_tags (model_id, key, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            tags.map { [.text($0.owner.text), .text($0.value.key), .text($0.value.value)] }
        )
    }

    // MARK: What is there

    /// The runs among `ids` that are there.
    static func stored(_ ids: [RunID], on connection: any SQLConnection) throws -> [RunID: StoredRun] {
        var found: [RunID: StoredRun] = [:]
        for chunk in ids.chunks(ofCount: ownersMax) {
            for run in try RunStore.find(Array(chunk), on: connection) { found[run.run.id] = run }
        }
        return found
    }

    /// The experiments that have one of `ids` or one of `names`.
    static func experiments(
        _ ids: [ExperimentID],
        orNamed names: [String] = [],
        on connection: any SQLConnection
    ) throws -> [Experiment] {
        var condition: SQLText = "WHERE experiment_id IN (" + .parameters(from: 1, count: ids.count) + ")"
        if !names.isEmpty {
            condition = condition + " OR name IN (" + .parameters(from: ids.count + 1, count: names.count) + ")"
        }
        return try ExperimentStore.search(
            condition + " ORDER BY experiment_id",
            ids.map { .integer($0.number) } + names.map { .text($0) },
            on: connection
        )
    }

    /// The logged models among `ids` that are there, the deleted ones too.
    static func loggedModels(_ ids: [LoggedModelID], isDeleted: Bool, on connection: any SQLConnection) throws
        -> [LoggedModel]
    {
        let condition: SQLText = isDeleted ? ") AND deleted_at IS NOT NULL" : ") AND deleted_at IS NULL"
        return try LoggedModelStore.search(
            "WHERE model_id IN (" + .parameters(from: 1, count: ids.count) + condition,
            ids.map { .text($0.text) },
            on: connection
        )
    }
}

/// A point of a metric as it is told apart from others: there is one zero, and one NaN.
private struct AdmittedPoint: Hashable {
    private let key: ExactText
    private let timestamp: Int64
    private let step: Int64
    private let bits: UInt64

    init(_ key: ExactText, _ point: MetricPoint) {
        self.key = key
        timestamp = point.timestamp
        step = point.step
        bits = (point.value.isNaN ? Double.nan : point.value + 0).bitPattern
    }
}
