import Database
import Kernel

/// The SQL of evaluation datasets' records.
enum EvaluationRecordStore {
    /// The records whose inputs have one of `digests`, by digest.
    static func find(_ digests: [String], in dataset: String, on connection: any SQLConnection) throws
        -> [String: EvaluationRecord]
    {
        var found: [String: EvaluationRecord] = [:]
        for chunk in digests.chunks(ofCount: ownersMax) {
            let rows = try connection.query(
                columns + "WHERE dataset_id = $1 AND input_digest IN (" + .parameters(from: 2, count: chunk.count)
                    + ")",
                [.text(dataset)] + chunk.map { .text($0) }
            ) { row in (try row.text(0), try record(row)) }
            for (digest, record) in rows { found[digest] = record }
        }
        return found
    }

    /// Writes records, by the digests of their inputs, in place of those with the same ones.
    static func put(
        _ records: [(String, EvaluationRecord)],
        in dataset: String,
        on connection: any SQLConnection
    ) throws {
        try connection.executeBatch(
            """
            INSERT INTO evaluation_dataset_records
                (dataset_id, input_digest, record_id, document, created_at, updated_at, created_by, updated_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (dataset_id, input_digest) DO UPDATE SET document = excluded.document,
                updated_at = excluded.updated_at, updated_by = excluded.updated_by
            """,
            records.map { digest, record in
                [
                    .text(dataset), .text(digest), .text(record.id), .text(JSON.object(record.document).text),
                    .integer(record.createdAt.milliseconds), .integer(record.updatedAt.milliseconds),
                    .text(record.createdBy), .text(record.updatedBy),
                ]
            }
        )
    }

    /// Records in the order of their creation.
    static func list(_ dataset: String, limit: Int, offset: Int, on connection: any SQLConnection) throws
        -> [EvaluationRecord]
    {
        try connection.query(
            columns + "WHERE dataset_id = $1 ORDER BY created_at, record_id LIMIT " + .number(limit) + " OFFSET "
                + .number(offset),
            [.text(dataset)],
            record
        )
    }

    static func delete(_ ids: [String], in dataset: String, on connection: any SQLConnection) throws {
        try connection.executeBatch(
            "DELETE FROM evaluation_dataset_records WHERE dataset_id = $1 AND record_id = $2",
            ids.map { [.text(dataset), .text($0)] }
        )
    }

    static func count(_ dataset: String, on connection: any SQLConnection) throws -> Int64 {
        try connection.first(
            "SELECT COUNT(*) FROM evaluation_dataset_records WHERE dataset_id = $1",
            [.text(dataset)]
        ) { row in try row.integer(0) } ?? 0
    }

    private static let columns: SQLText = """
        SELECT input_digest, record_id, document, created_at, updated_at, created_by, updated_by \
        FROM evaluation_dataset_records \

        """

    private static func record(_ row: borrowing SQLRow) throws -> EvaluationRecord {
        EvaluationRecord(
            id: try row.text(1),
            document: try JSON.parse(try row.text(2).utf8).objectValue ?? JSONObject(),
            createdAt: Timestamp(milliseconds: try row.integer(3)),
            updatedAt: Timestamp(milliseconds: try row.integer(4)),
            createdBy: try row.optionalText(5),
            updatedBy: try row.optionalText(6)
        )
    }
}
