import Database
import Kernel
import Registry
import Tracking

/// The reading of both sides, each by its own way: MLflow's tables here, Martlet's services there.
extension MLflowImporter {
    /// The digests of some kinds.
    typealias Digests = [ImportKind: RowDigest]

    /// Compares every kind; with `countingOnly` Martlet's side stays empty.
    func compare(into result: inout ImportReport, countingOnly: Bool) async throws {
        var source: Digests = [:]
        try await readTracking(into: &source)
        try await readLoggedModels(into: &source)
        try await readTraces(into: &source)
        try await readRegistry(into: &source)
        try await readWebhooks(into: &source, &result)
        try await readArtifacts(into: &source, &result)
        var target: Digests = [:]
        if !countingOnly {
            try await readTargetExperiments(into: &target)
            try await readTargetRuns(into: &target)
            try await readTargetLoggedModels(into: &target)
            try await readTargetTraces(into: &target)
            try await readTargetRegistry(into: &target, &result)
            try await readTargetWebhooks(into: &target)
            try await readTargetArtifacts(into: &target, &result)
        }
        result.comparisons = ImportKind.allCases.map { kind in
            ImportReport.Comparison(
                kind: kind,
                source: source[kind] ?? RowDigest(),
                target: target[kind] ?? RowDigest()
            )
        }
    }

    /// Digests a table of MLflow's, a page at a time.
    private func read(
        _ kind: ImportKind,
        _ table: SourceTable?,
        into digests: inout Digests,
        rows canonical: ([SourceRow]) async throws -> [CanonicalRow]
    ) async throws {
        guard let table else { return }
        var digest = RowDigest()
        try await SourceReader(database: source.database, table: table).forEachPage { rows in
            for row in try await canonical(rows) { digest.add(row) }
            report(Progress(step: "comparing \(kind.rawValue)", count: digest.count))
        }
        digests[kind] = digest
    }

    private func readTracking(into digests: inout Digests) async throws {
        let tables = source.tables
        try await read(.experiments, tables.experiments, into: &digests) { rows in
            try rows.map { CanonicalRow(try source.experiment($0)) }
        }
        try await read(.experimentTags, tables.experimentTags, into: &digests) { rows in
            try rows.map(source.experimentTag).map { CanonicalRow($0.owner, $0.value) }
        }
        try await read(.runs, tables.runs, into: &digests) { rows in
            try rows.map { CanonicalRow(try source.run($0)) }
        }
        try await read(.params, tables.params, into: &digests) { rows in
            try rows.map(source.param).map { CanonicalRow($0.owner, $0.value) }
        }
        try await read(.tags, tables.tags, into: &digests) { rows in
            try rows.map(source.tag).map { CanonicalRow($0.owner, $0.value) }
        }
        try await readPoints(into: &digests)
        try await read(.latestMetrics, tables.latestMetrics, into: &digests) { rows in
            try rows.map(source.point).map { CanonicalRow($0.owner, $0.value) }
        }
        try await read(.datasetInputs, tables.datasetInputs, into: &digests) { rows in
            try await source.datasetInputs(rows).map { CanonicalRow($0.owner, $0.value) }
        }
        try await read(.modelLinks, tables.modelLinks, into: &digests) { rows in
            try rows.map(source.modelLink).map { CanonicalRow($0.owner, $0.value) }
        }
    }

    private func readPoints(into digests: inout Digests) async throws {
        var digest = RowDigest()
        try await source.forEachPart(ofPointsAfter: nil) { points, _ in
            for point in points { digest.add(CanonicalRow(point.owner, point.value)) }
            report(Progress(step: "comparing \(ImportKind.points.rawValue)", count: digest.count))
        }
        digests[.points] = digest
    }

    private func readLoggedModels(into digests: inout Digests) async throws {
        let tables = source.tables
        try await read(.loggedModels, tables.loggedModels, into: &digests) { rows in
            try rows.map { CanonicalRow(try source.loggedModel($0)) }
        }
        try await read(.loggedModelParams, tables.loggedModelParams, into: &digests) { rows in
            try rows.map(source.loggedModelParam).map { CanonicalRow($0.owner, $0.value) }
        }
        try await read(.loggedModelTags, tables.loggedModelTags, into: &digests) { rows in
            try rows.map(source.loggedModelTag).map { CanonicalRow($0.owner, $0.value) }
        }
        try await read(.loggedModelMetrics, tables.loggedModelMetrics, into: &digests) { rows in
            try rows.map(source.loggedModelMetric).map { CanonicalRow($0.owner, $0.value) }
        }
    }

    private func readRegistry(into digests: inout Digests) async throws {
        let tables = source.tables
        try await read(.registeredModels, tables.registeredModels, into: &digests) { rows in
            try rows.map(source.registeredModel).map { model in
                CanonicalRow(
                    model: model.name,
                    createdAt: model.createdAt,
                    updatedAt: model.updatedAt,
                    description: model.description
                )
            }
        }
        try await read(.registeredModelTags, tables.registeredModelTags, into: &digests) { rows in
            try rows.map(source.registeredModelTag).map { CanonicalRow($0.owner, $0.value) }
        }
        try await read(.versions, tables.versions, into: &digests) { rows in
            try rows.map { CanonicalRow(try source.version($0)) }
        }
        try await read(.versionTags, tables.versionTags, into: &digests) { rows in
            try rows.map(source.versionTag).map { CanonicalRow("\($0.name)/\($0.number)", $0.tag) }
        }
        try await read(.aliases, tables.aliases, into: &digests) { rows in
            try rows.map(source.alias).map { CanonicalRow($0.owner, $0.value) }
        }
    }
}
