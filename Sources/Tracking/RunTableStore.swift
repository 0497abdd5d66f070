import Database
import Kernel

/// The SQL that reads what many runs carry: one statement for each kind of thing.
enum RunTableStore {
    /// Everything that `runs` carry, in the order of `runs`.
    static func table(of runs: [StoredRun], on connection: any SQLConnection) throws -> RunTable {
        var table = RunTable(runs.map(\.run))
        let order = runs.indices.sorted { runs[$0].number < runs[$1].number }
        for chunk in order.chunks(ofCount: ownersMax) {
            let part = Part(chunk.map { (runs[$0].number, $0) }, connection)
            try part.addTexts(to: &table.params, params)
            try part.addTexts(to: &table.tags, tags)
            try part.addMetrics(to: &table.metrics)
            try part.addInputs(to: &table)
            try part.addModels(to: &table)
        }
        try nameKeys(of: &table.metrics, connection)
        return table
    }

    static let params: SQLText = "SELECT run_number, key, value FROM run_params WHERE run_number IN ("
    static let tags: SQLText = "SELECT run_number, key, value FROM run_tags WHERE run_number IN ("
    static let byKey: SQLText = ") ORDER BY run_number, key"
    static let metrics: SQLText = """
        SELECT run_number, key_id, step, timestamp, value, is_nan FROM latest_metrics WHERE run_number IN (
        """
    static let byKeyNumber: SQLText = ") ORDER BY run_number, key_id"

    private static func nameKeys(of metrics: inout LatestMetrics, _ connection: any SQLConnection) throws {
        var named: [(number: Int64, key: String)] = []
        for chunk in Array(metrics.keyNumbers).chunks(ofCount: ownersMax) {
            let numbers = chunk.paddedToPowerOfTwo
            try connection.forEachRow(
                "SELECT key_id, key FROM metric_keys WHERE key_id IN ("
                    + .parameters(from: 1, count: numbers.count) + ")",
                numbers.map { .integer($0) }
            ) { row in named.append((try row.integer(0), try row.text(1))) }
        }
        try metrics.setKeys(named)
    }

    static func datasetInput(_ row: borrowing SQLRow) throws -> DatasetInput {
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

extension RunTableStore {
    /// Some runs of a table, few enough for one statement.
    private struct Part {
        private let runs: [(number: Int64, place: Int)]
        private let list: SQLText
        private let numbers: [SQLValue]
        private let connection: any SQLConnection

        /// `runs` are in the order of their numbers.
        init(_ runs: [(number: Int64, place: Int)], _ connection: any SQLConnection) {
            self.runs = runs
            self.connection = connection
            numbers = runs.map(\.number).paddedToPowerOfTwo.map { .integer($0) }
            list = .parameters(from: 1, count: numbers.count)
        }

        func addTexts(to texts: inout PackedTexts, _ select: SQLText) throws {
            try forEachRow(select, RunTableStore.byKey) { row, place in
                try texts.append(
                    to: place,
                    { try row.appendText(1, to: &$0) },
                    { try row.appendText(2, to: &$0) }
                )
            }
        }

        func addMetrics(to metrics: inout LatestMetrics) throws {
            try forEachRow(RunTableStore.metrics, RunTableStore.byKeyNumber) { row, place in
                metrics.append(
                    to: place,
                    keyNumber: try row.integer(1),
                    try MetricHistory.point(row, from: 2)
                )
            }
        }

        func addInputs(to table: inout RunTable) throws {
            try forEachRow(
                """
                SELECT i.run_number, d.name, d.digest, d.source_type, d.source, d.schema_text, d.profile, i.tags
                FROM run_dataset_inputs AS i
                JOIN run_datasets AS d ON d.experiment_id = i.experiment_id AND d.name = i.name AND d.digest = i.digest
                WHERE i.run_number IN (
                """,
                ") ORDER BY i.run_number, i.position, d.name, d.digest"
            ) { row, place in
                table.datasetInputs[place, default: []].append(try RunTableStore.datasetInput(row))
            }
        }

        func addModels(to table: inout RunTable) throws {
            try forEachRow(
                "SELECT run_number, is_output, model_id, step FROM run_models WHERE run_number IN (",
                ") ORDER BY run_number, model_id"
            ) { row, place in
                let model = LoggedModelID(try row.text(2))
                if try row.flag(1) {
                    let output = ModelOutput(modelID: model, step: try row.integer(3))
                    table.modelOutputs[place, default: []].append(output)
                } else {
                    table.modelInputs[place, default: []].append(model)
                }
            }
        }

        /// Hands over the rows, which come in the order of the runs' numbers, each with the place of its run.
        private func forEachRow(
            _ select: SQLText,
            _ order: SQLText,
            _ body: (borrowing SQLRow, Int) throws -> Void
        ) throws {
            var next = 0
            try connection.forEachRow(select + list + order, numbers) { row in
                let number = try row.integer(0)
                while runs[next].number < number { next += 1 }
                try body(row, runs[next].place)
            }
        }
    }
}
