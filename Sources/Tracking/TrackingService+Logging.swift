import Database
package import Kernel
import Ledger

extension TrackingService {
    private static let batchMetricsMax = 1000
    private static let batchParamsMax = 100
    private static let batchTagsMax = 100
    private static let batchMax = 1000

    /// Logs metrics, params and tags to an active run: all of them or, on any error, none.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` for a deleted run, a batch or a name out of
    ///   bounds, or a param that is set already to another value.
    package func log(_ batch: RunBatch, to id: RunID) async throws {
        try checkSize(batch)
        let metrics = try MetricBatch(batch.metrics) { "metrics[\($0)].name" }
        let params = try checkedParams(batch.params)
        let tags = try checkedRunTags(batch.tags)
        try await write(RunBatch(metrics: batch.metrics, params: params, tags: tags), metrics, to: id)
    }

    /// Logs one point of a metric to an active run.
    ///
    /// - Throws: as ``log(_:to:)``.
    package func log(_ metric: Metric, to id: RunID) async throws {
        let metrics = try MetricBatch([metric]) { _ in "name" }
        try await write(RunBatch(metrics: [metric]), metrics, to: id)
    }

    /// Sets a param of an active run; setting it again to the same value changes nothing.
    ///
    /// - Throws: as ``log(_:to:)``.
    package func log(_ param: Param, to id: RunID) async throws {
        try NameRules.checkKey(param.key, path: "key")
        let value = NameRules.truncated(param.value, max: NameRules.paramLengthMax)
        try await database.write { connection in
            let run = try Self.active(id, on: connection)
            if let old = try RunDataStore.param(param.key, of: run.number, on: connection) {
                guard ExactText(old) != ExactText(value) else { return }
                throw MartletError(
                    .invalidParameterValue,
                    "Changing param values is not allowed. Param with key='\(param.key)' was already logged with "
                        + "value='\(old)' for run ID='\(id)'. Attempted logging new value '\(value)'."
                )
            }
            try RunDataStore.insert([Param(key: param.key, value: value)], of: run.number, on: connection)
        }
    }

    /// Hangs a tag on an active run, in place of one with the same key; `mlflow.runName` renames the run.
    ///
    /// - Throws: as ``log(_:to:)``.
    package func setTag(_ tag: Tag, on id: RunID) async throws {
        try NameRules.checkKey(tag.key, path: "key")
        try await write(RunBatch(tags: try checkedRunTags([tag])), nil, to: id)
    }

    /// Takes a tag off an active run.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when the run or the tag is not there; `INVALID_PARAMETER_VALUE` when the
    ///   run is deleted.
    package func deleteTag(_ key: String, on id: RunID) async throws {
        try await database.write { connection in
            let run = try Self.active(id, on: connection)
            guard try RunDataStore.deleteTag(key, of: run.number, on: connection) else {
                throw MartletError(.resourceDoesNotExist, "No tag with name: \(key) in run with id \(id)")
            }
        }
    }

    /// Notes the datasets and models that an active run read; noting one again changes nothing.
    ///
    /// - Throws: as ``log(_:to:)``.
    package func logInputs(datasets: [DatasetInput], models: [LoggedModelID], to id: RunID) async throws {
        try datasets.forEach(checkDataset)
        let now = clock.now()
        try await database.write { connection in
            let run = try Self.active(id, on: connection)
            for dataset in datasets { try RunDataStore.insert(dataset, of: run, on: connection) }
            let edges = datasets.map { Self.edge(from: $0, to: id) } + models.map { Self.edge(from: $0, to: id) }
            try LineageStore.link(edges, at: now, on: connection)
            try RunDataStore.insert(
                models: models.map { ModelOutput(modelID: $0, step: 0) },
                isOutput: false,
                of: run.number,
                on: connection
            )
        }
    }

    /// Notes the logged models that an active run made.
    ///
    /// - Throws: as ``log(_:to:)``.
    package func logOutputs(_ models: [ModelOutput], to id: RunID) async throws {
        let now = clock.now()
        try await database.write { connection in
            let run = try Self.active(id, on: connection)
            try RunDataStore.insert(models: models, isOutput: true, of: run.number, on: connection)
            try LineageStore.link(models.map { Self.edge(from: id, to: $0.modelID) }, at: now, on: connection)
        }
    }

    // MARK: History

    /// A page of one metric's history, ordered by timestamp, step and value; empty for an unknown run or key.
    ///
    /// - Throws: ``DatabaseError``.
    package func metricHistory(_ id: RunID, key: String, limit: Int, page: PageToken?) async throws -> Page<Metric> {
        let offset = page?.offset ?? 0
        let rows = try await database.read { connection in
            guard let run = try RunStore.find(id, on: connection),
                let history = try MetricHistory(of: run.number, key: key, on: connection)
            else { return [Metric]() }
            return try history.page(limit: limit + 1, offset: offset)
        }
        return Page(probing: rows, limit: limit, offset: offset)
    }

    /// One metric of several runs, at most `limit` points together, by run id, then by timestamp, step and value.
    ///
    /// - Throws: ``DatabaseError``.
    package func metricHistories(_ ids: [RunID], key: String, limit: Int) async throws -> [MetricAppend] {
        try await database.read { connection in
            var rest = limit
            return try Set(ids).sorted { $0.text < $1.text }.compactMap { id in
                guard rest > 0, let run = try RunStore.find(id, on: connection) else { return nil }
                let history = try MetricHistory(of: run.number, key: key, on: connection)
                let metrics = try history?.page(limit: rest, offset: 0) ?? []
                rest -= metrics.count
                return MetricAppend(runID: id, metrics: metrics)
            }
        }
    }

    /// One metric of several runs, each thinned out to about `max` points between two steps; unknown runs are left out.
    ///
    /// - Throws: ``DatabaseError``.
    package func sampledHistories(
        _ ids: [RunID],
        key: String,
        steps: ClosedRange<Int64>,
        max: Int
    ) async throws -> [MetricAppend] {
        try await database.read { connection in
            try ids.compactMap { id in
                guard let run = try RunStore.find(id, on: connection) else { return nil }
                let history = try MetricHistory(of: run.number, key: key, on: connection)
                return MetricAppend(runID: id, metrics: try history?.sample(steps, max: max) ?? [])
            }
        }
    }

    // MARK: One transaction

    /// Writes `batch`, whose metrics are `metrics`, and tells those who listen.
    private func write(_ batch: RunBatch, _ metrics: MetricBatch?, to id: RunID) async throws {
        try await database.write { connection in
            let run = try Self.active(id, on: connection)
            try Self.insertNew(batch.params, to: run, on: connection)
            if let metrics, !metrics.series.isEmpty {
                try MetricStore.append(metrics, to: run.number, on: connection)
                try LoggedModelStore.append(batch.metrics, from: id, on: connection)
            }
            if !batch.tags.isEmpty { try RunDataStore.setTags(batch.tags, of: run.number, on: connection) }
            if let name = batch.tags.last(where: { $0.key == Self.runNameTag })?.value {
                try RunStore.update(run.number, RunChange(name: name), on: connection)
            }
        }
        guard !batch.metrics.isEmpty, !metricAppends.isDeserted else { return }
        metricAppends.send(MetricAppend(runID: id, metrics: batch.metrics))
    }

    private static func insertNew(_ params: [Param], to run: StoredRun, on connection: any SQLConnection) throws {
        guard !params.isEmpty else { return }
        let old = try RunDataStore.params(params.map(\.key), of: run.number, on: connection)
        let changed = params.filter { param in
            old[ExactText(param.key)].map { $0 != ExactText(param.value) } ?? false
        }
        guard changed.isEmpty else {
            let list = changed.map { param in
                let value = old[ExactText(param.key)]?.text ?? ""
                return "{'key': '\(param.key)', 'old_value': '\(value)', 'new_value': '\(param.value)'}"
            }
            throw MartletError(
                .invalidParameterValue,
                "Changing param values is not allowed. Params were already logged='[\(list.joined(separator: ", "))]' "
                    + "for run ID='\(run.run.id)'."
            )
        }
        try RunDataStore.insert(params.filter { old[ExactText($0.key)] == nil }, of: run.number, on: connection)
    }

    // MARK: Bounds

    private func checkSize(_ batch: RunBatch) throws {
        func check(_ count: Int, _ max: Int, _ noun: String) throws {
            guard count <= max else {
                throw MartletError(
                    .invalidParameterValue,
                    "A batch logging request can contain at most \(max) \(noun). Got \(count) \(noun). "
                        + "Please split up \(noun) across multiple requests and try again."
                )
            }
        }
        try check(batch.metrics.count, Self.batchMetricsMax, "metrics")
        try check(batch.params.count, Self.batchParamsMax, "params")
        try check(batch.tags.count, Self.batchTagsMax, "tags")
        try check(
            batch.metrics.count + batch.params.count + batch.tags.count,
            Self.batchMax,
            "metrics, params, and tags"
        )
    }

    private func checkedParams(_ params: [Param]) throws -> [Param] {
        var counts: [ExactText: Int] = [:]
        for (index, param) in params.enumerated() {
            try NameRules.checkKey(param.key, path: "params[\(index)].key")
            counts[ExactText(param.key), default: 0] += 1
        }
        let doubled = counts.filter { $0.value > 1 }.keys.map(\.text).sorted()
        guard doubled.isEmpty else {
            let list = doubled.map { "'\($0)'" }.joined(separator: ", ")
            throw MartletError(
                .invalidParameterValue,
                "Duplicate parameter keys have been submitted: [\(list)]. Please ensure the request contains only one "
                    + "param value per param key."
            )
        }
        return params.map { param in
            Param(key: param.key, value: NameRules.truncated(param.value, max: NameRules.paramLengthMax))
        }
    }

    func checkedTags(_ tags: [Tag]) throws -> [Tag] {
        var last: [ExactText: Int] = [:]
        for (index, tag) in tags.enumerated() {
            try NameRules.checkKey(tag.key, path: "tags[\(index)].key")
            last[ExactText(tag.key)] = index
        }
        return tags.enumerated().filter { last[ExactText($0.element.key)] == $0.offset }.map { _, tag in
            Tag(key: tag.key, value: NameRules.truncated(tag.value, max: NameRules.runTagLengthMax))
        }
    }

    /// The tags to hang on a run; an empty name renames nothing, as in an update.
    private func checkedRunTags(_ tags: [Tag]) throws -> [Tag] {
        try checkedTags(tags).filter { $0.key != Self.runNameTag || !$0.value.isEmpty }
    }

    private func checkDataset(_ dataset: DatasetInput) throws {
        let bounds: [(String, String?, Int)] = [
            ("name", dataset.name, 500), ("digest", dataset.digest, 36), ("schema", dataset.schema, 1_048_575),
            ("source", dataset.source, 65_535), ("profile", dataset.profile, 16_777_215),
        ]
        for (field, text, max) in bounds where (text?.utf8.count ?? 0) > max {
            throw MartletError(
                .invalidParameterValue,
                "Dataset \(field) exceeds the maximum length of \(max)"
            )
        }
    }
}
