import Database
import Kernel
import Tracking

/// The reading of what the import brought, as Martlet answers it.
extension MLflowImporter {
    private static let subjectsAtOnce = 200
    private static let pointsAtOnce = 50_000

    /// Hands over what the import brought of a kind, some at a time.
    func forEachBrought(_ kind: ImportStore.SubjectKind, _ body: ([String]) async throws -> Void) async throws {
        var last = ""
        while true {
            try Task.checkCancellation()
            let ids = try await target.database.read { [store, last] connection in
                try store.page(kind, after: last, limit: Self.subjectsAtOnce, on: connection)
            }
            guard let final = ids.last else { return }
            try await body(ids)
            last = final
        }
    }

    func readTargetExperiments(into digests: inout Digests) async throws {
        let ownTags = try await defaultTagKeys()
        var (experiments, tags) = (RowDigest(), RowDigest())
        try await forEachBrought(.experiment) { ids in
            let found = try await target.database.read { [tracking = target.tracking] connection in
                try tracking.experiments(ids.map { try ExperimentID($0) }, on: connection)
            }
            for experiment in found {
                experiments.add(CanonicalRow(experiment))
                for tag in experiment.tags where experiment.id.number != 0 || ownTags.contains(tag.key) {
                    tags.add(CanonicalRow(experiment.id, tag))
                }
            }
        }
        digests[.experiments] = experiments
        digests[.experimentTags] = tags
    }

    /// The keys of the tags that MLflow's experiment 0 has: on this side it may have had others before.
    private func defaultTagKeys() async throws -> Set<String> {
        var keys: Set<String> = []
        let reader = SourceReader(database: source.database, table: source.tables.experimentTags)
        try await reader.forEachPage { rows in
            for tag in try rows.map(source.experimentTag) where tag.owner.number == 0 { keys.insert(tag.value.key) }
        }
        return keys
    }

    func readTargetRuns(into digests: inout Digests) async throws {
        var found = Dictionary(
            uniqueKeysWithValues: [.runs, .params, .tags, .points, .latestMetrics, .datasetInputs, .modelLinks].map {
                (kind: ImportKind) in (kind, RowDigest())
            }
        )
        try await forEachBrought(.run) { ids in
            let ids = ids.map { RunID($0) }
            let details = try await target.database.read { [tracking = target.tracking] connection in
                try tracking.runDetails(ids, on: connection)
            }
            for run in details {
                Self.digest(run, into: &found)
                let points = try await pointDigest(of: run)
                found[.points]?.add(contentsOf: points)
            }
            report(Progress(step: "comparing what was brought", count: found[.points]?.count ?? 0))
        }
        digests.merge(found) { $1 }
    }

    private static func digest(_ run: RunDetails, into digests: inout Digests) {
        let id = run.run.id
        digests[.runs]?.add(CanonicalRow(run.run))
        for param in run.params { digests[.params]?.add(CanonicalRow(id, param)) }
        for tag in run.tags { digests[.tags]?.add(CanonicalRow(id, tag)) }
        for metric in run.metrics { digests[.latestMetrics]?.add(CanonicalRow(id, metric)) }
        for input in run.datasetInputs { digests[.datasetInputs]?.add(CanonicalRow(id, input)) }
        for model in run.modelInputs {
            let link = ModelLink(isOutput: false, output: ModelOutput(modelID: model, step: 0))
            digests[.modelLinks]?.add(CanonicalRow(id, link))
        }
        for output in run.modelOutputs {
            digests[.modelLinks]?.add(CanonicalRow(id, ModelLink(isOutput: true, output: output)))
        }
    }

    /// All points of a run's metrics.
    private func pointDigest(of run: RunDetails) async throws -> RowDigest {
        let (id, keys) = (run.run.id, run.metrics.map(\.key))
        var digest = RowDigest()
        // Metrics are mostly short: many are read in one transaction.
        var place = 0
        while place < keys.count {
            let (part, next) = try await target.database.read { [tracking = target.tracking, place] connection in
                var (part, next) = (RowDigest(), place)
                while next < keys.count, part.count < Self.pointsAtOnce {
                    for point in try tracking.points(of: id, key: keys[next], on: connection) {
                        part.add(CanonicalRow(id, point))
                    }
                    next += 1
                }
                return (part, next)
            }
            digest.add(contentsOf: part)
            place = next
        }
        return digest
    }

    func readTargetLoggedModels(into digests: inout Digests) async throws {
        var (models, params, tags, metrics) = (RowDigest(), RowDigest(), RowDigest(), RowDigest())
        try await forEachBrought(.loggedModel) { ids in
            let ids = ids.map { LoggedModelID($0) }
            for isDeleted in [false, true] {
                let found = try await target.database.read { [tracking = target.tracking] connection in
                    try tracking.loggedModels(ids, isDeleted: isDeleted, on: connection)
                }
                for model in found {
                    models.add(CanonicalRow(model, isDeleted: isDeleted))
                    for param in model.params { params.add(CanonicalRow(model.id, param)) }
                    for tag in model.tags { tags.add(CanonicalRow(model.id, tag)) }
                    for metric in model.metrics { metrics.add(CanonicalRow(metric.runID, metric.metric)) }
                }
            }
        }
        digests[.loggedModels] = models
        digests[.loggedModelParams] = params
        digests[.loggedModelTags] = tags
        digests[.loggedModelMetrics] = metrics
    }
}
