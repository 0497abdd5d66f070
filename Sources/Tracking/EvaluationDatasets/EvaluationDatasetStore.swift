import Database
import Kernel

/// The SQL of evaluation datasets, their tags and experiments.
enum EvaluationDatasetStore {
    static func insert(_ dataset: EvaluationDataset, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO evaluation_datasets
                (dataset_id, name, digest, record_count, created_at, updated_at, created_by, updated_by)
            VALUES ($1, $2, $3, 0, $4, $5, $6, $7)
            """,
            [
                .text(dataset.id), .text(dataset.name), .text(dataset.digest), .integer(dataset.createdAt.milliseconds),
                .integer(dataset.updatedAt.milliseconds), .text(dataset.createdBy), .text(dataset.updatedBy),
            ]
        )
        try setTags(dataset.tags, of: dataset.id, on: connection)
        try add(dataset.id, to: dataset.experimentIDs, on: connection)
    }

    static func find(_ id: String, on connection: any SQLConnection) throws -> EvaluationDataset? {
        let found = try connection.query(columns + "WHERE dataset_id = $1", [.text(id)], dataset)
        return try withRest(found, on: connection).first
    }

    static func search(_ text: SQLText, _ parameters: [SQLValue], on connection: any SQLConnection) throws
        -> [EvaluationDataset]
    {
        try withRest(connection.query(columns + text, parameters, dataset), on: connection)
    }

    static func delete(_ id: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM evaluation_dataset_records WHERE dataset_id = $1", [.text(id)])
        try connection.execute("DELETE FROM evaluation_dataset_experiments WHERE dataset_id = $1", [.text(id)])
        try connection.execute("DELETE FROM evaluation_dataset_tags WHERE dataset_id = $1", [.text(id)])
        try connection.execute("DELETE FROM evaluation_datasets WHERE dataset_id = $1", [.text(id)])
    }

    static func setTags(_ tags: [Tag], of id: String, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            INSERT INTO evaluation_dataset_tags (dataset_id, key, value) VALUES ($1, $2, $3)
            ON CONFLICT (dataset_id, key) DO UPDATE SET value = excluded.value
            """,
            tags.map { [.text(id), .text($0.key), .text($0.value)] }
        )
    }

    static func deleteTag(_ key: String, of id: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM evaluation_dataset_tags WHERE dataset_id = $1 AND key = $2",
            [.text(id), .text(key)]
        )
    }

    static func add(_ id: String, to experiments: [ExperimentID], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            """
            INSERT INTO evaluation_dataset_experiments (dataset_id, experiment_id) VALUES ($1, $2)
            ON CONFLICT DO NOTHING
            """,
            experiments.map { [.text(id), .integer($0.number)] }
        )
    }

    static func remove(_ id: String, from experiments: [ExperimentID], on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "DELETE FROM evaluation_dataset_experiments WHERE dataset_id = $1 AND experiment_id = $2",
            experiments.map { [.text(id), .integer($0.number)] }
        )
    }

    /// Notes what the records have become.
    static func update(_ dataset: EvaluationDataset, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE evaluation_datasets SET digest = $2, schema_text = $3, record_count = $4, updated_at = $5,
                updated_by = $6
            WHERE dataset_id = $1
            """,
            [
                .text(dataset.id), .text(dataset.digest), .text(dataset.schema), .integer(dataset.recordCount),
                .integer(dataset.updatedAt.milliseconds), .text(dataset.updatedBy),
            ]
        )
    }

    private static let columns: SQLText = """
        SELECT dataset_id, name, digest, schema_text, record_count, created_at, updated_at, created_by, updated_by \
        FROM evaluation_datasets \

        """

    private static func dataset(_ row: borrowing SQLRow) throws -> EvaluationDataset {
        EvaluationDataset(
            id: try row.text(0),
            name: try row.text(1),
            digest: try row.text(2),
            schema: try row.optionalText(3),
            recordCount: try row.integer(4),
            createdAt: Timestamp(milliseconds: try row.integer(5)),
            updatedAt: Timestamp(milliseconds: try row.integer(6)),
            createdBy: try row.optionalText(7),
            updatedBy: try row.optionalText(8)
        )
    }

    private static func withRest(
        _ datasets: [EvaluationDataset],
        on connection: any SQLConnection
    ) throws -> [EvaluationDataset] {
        var found = Dictionary(datasets.map { ($0.id, $0) }) { first, _ in first }
        for chunk in datasets.chunks(ofCount: ownersMax) {
            let ids: [SQLValue] = chunk.map { .text($0.id) }
            let list = SQLText.parameters(from: 1, count: ids.count)
            let tags = try connection.query(
                "SELECT dataset_id, key, value FROM evaluation_dataset_tags WHERE dataset_id IN (" + list
                    + ") ORDER BY dataset_id, key",
                ids
            ) { row in (try row.text(0), Tag(key: try row.text(1), value: try row.text(2))) }
            for (id, tag) in tags { found[id]?.tags.append(tag) }
            let experiments = try connection.query(
                "SELECT dataset_id, experiment_id FROM evaluation_dataset_experiments WHERE dataset_id IN (" + list
                    + ") ORDER BY dataset_id, experiment_id",
                ids
            ) { row in (try row.text(0), ExperimentID(number: try row.integer(1))) }
            for (id, experiment) in experiments { found[id]?.experimentIDs.append(experiment) }
        }
        return datasets.compactMap { found[$0.id] }
    }
}
