import Database
import Kernel
import Tracking

/// The copying of experiments, runs and logged models.
extension MLflowImporter {
    func copyTracking() async throws {
        let (source, tracking, store) = (source, target.tracking, store)
        try await copy(.experiments, source.tables.experiments) { rows in
            let experiments = try rows.map(source.experiment)
            return { connection in
                try tracking.admit(experiments, on: connection)
                try store.note(.experiment, experiments.map(\.id.description), on: connection)
            }
        }
        try await copy(.experimentTags, source.tables.experimentTags) { rows in
            let tags = try rows.map(source.experimentTag)
            return { try tracking.admit(tags, on: $0) }
        }
        try await copy(.runs, source.tables.runs) { rows in
            let runs = try rows.map { row in
                var run = try source.run(row)
                run.folder = target.ownFolder(run.artifactURI)
                return run
            }
            return { connection in
                try tracking.admit(runs, on: connection)
                try store.note(.run, runs.map(\.id.text), on: connection)
            }
        }
        try await copy(.params, source.tables.params) { rows in
            let params = try rows.map(source.param)
            return { try tracking.admit(params, on: $0) }
        }
        try await copy(.tags, source.tables.tags) { rows in
            let tags = try rows.map(source.tag)
            return { try tracking.admit(tags, on: $0) }
        }
        try await copyMetrics()
        try await copy(.datasetInputs, source.tables.datasetInputs) { rows in
            let inputs = try await source.datasetInputs(rows)
            return { try tracking.admit(inputs, on: $0) }
        }
    }

    private func copyMetrics() async throws {
        let (source, tracking) = (source, target.tracking)
        try await copyPoints()
        try await copy(.latestMetrics, source.tables.latestMetrics) { rows in
            let points = try rows.map(source.point)
            return { try tracking.admitLatest(points, on: $0) }
        }
    }

    /// Copies whole metrics of whole runs; the place where it goes on is a run.
    private func copyPoints() async throws {
        let name = ImportKind.points.rawValue
        guard let start = try await cursor(name) else { return }
        var count = 0
        // The place in a run where an attempt of an older build stopped is no place here.
        let last: String? =
            if let key = start.key, key.count == 1, case .text(let run) = key[0] { run } else { nil }
        try await source.forEachPart(ofPointsAfter: last) { points, run in
            try await target.database.write { [store, tracking = target.tracking] connection in
                try tracking.admit(points, on: connection)
                if let run { try store.setCursor(name, SourceCursor(after: [.text(run)]), on: connection) }
            }
            count += points.count
            report(Progress(step: name, count: count))
        }
        try await target.database.write { [store] in try store.setCursor(name, nil, on: $0) }
    }

    func copyLoggedModels() async throws {
        let (source, tracking, store) = (source, target.tracking, store)
        try await copy(.loggedModels, source.tables.loggedModels) { rows in
            let models = try rows.map { row in
                var model = try source.loggedModel(row)
                model.folder = target.ownFolder(model.artifactURI)
                return model
            }
            return { connection in
                try tracking.admit(models, on: connection)
                try store.note(.loggedModel, models.map(\.id.text), on: connection)
            }
        }
        try await copy(.loggedModelParams, source.tables.loggedModelParams) { rows in
            let params = try rows.map(source.loggedModelParam)
            return { try tracking.admit(params, on: $0) }
        }
        try await copy(.loggedModelTags, source.tables.loggedModelTags) { rows in
            let tags = try rows.map(source.loggedModelTag)
            return { try tracking.admit(tags, on: $0) }
        }
        try await copy(.loggedModelMetrics, source.tables.loggedModelMetrics) { rows in
            let metrics = try rows.map(source.loggedModelMetric)
            return { try tracking.admitModelMetrics(metrics, on: $0) }
        }
        try await copy(.modelLinks, source.tables.modelLinks) { rows in
            let links = try rows.map(source.modelLink)
            return { try tracking.admit(links, on: $0) }
        }
    }
}
