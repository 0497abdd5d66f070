import Database
import Kernel

/// The SQL of prediction sets.
enum PredictionSetStore {
    /// Writes `record`; answers whether it was not there yet.
    static func insert(_ record: PredictionSetRecord, on connection: any SQLConnection) throws -> Bool {
        let set = record.set
        let schema = JSON.array(set.schema.map { .array([.string($0.name), .string($0.type)]) })
        return try connection.execute(
            """
            INSERT INTO prediction_sets
                (id, model_name, model_version, model_digest, input_name, input_digest, input_rows, output_name,
                output_digest, output_rows, schema, failed_rows, created_at, created_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING
            """,
            [
                .text(set.id), .text(set.model.name), .integer(Int64(set.model.version)),
                .text(set.model.digest.hexadecimal), .text(set.input.name), .text(set.input.digest.hexadecimal),
                .integer(Int64(set.input.rows)), .text(set.output.name), .text(set.output.digest.hexadecimal),
                .integer(Int64(set.output.rows)), .text(schema.text), .integer(Int64(set.failedRows)),
                .integer(record.createdAt.milliseconds), .text(record.createdBy),
            ]
        ) == 1
    }

    /// The prediction set called `id`.
    static func find(_ id: String, on connection: any SQLConnection) throws -> PredictionSetRecord? {
        try connection.first(columns + " FROM prediction_sets WHERE id = $1", [.text(id)], record)
    }

    /// At most `limit` prediction sets after the first `offset`, newest first, of one model or of all.
    static func page(
        modelName: String?,
        offset: Int,
        limit: Int,
        on connection: any SQLConnection
    ) throws -> [PredictionSetRecord] {
        let filter: SQLText = modelName == nil ? "" : " WHERE model_name = $3"
        return try connection.query(
            columns + " FROM prediction_sets" + filter
                + #" ORDER BY created_at DESC, id COLLATE "C" LIMIT $1 OFFSET $2"#,
            [.integer(Int64(limit)), .integer(Int64(offset))] + (modelName.map { [.text($0)] } ?? []),
            record
        )
    }

    private static let columns: SQLText = """
        SELECT model_name, model_version, model_digest, input_name, input_digest, input_rows, output_name,
            output_digest, output_rows, schema, failed_rows, created_at, created_by
        """

    private static func record(_ row: borrowing SQLRow) throws -> PredictionSetRecord {
        let schema = try JSON.parse(try row.text(9).utf8).arrayValue ?? []
        return PredictionSetRecord(
            set: PredictionSet(
                model: BatchModel(
                    name: try row.text(0),
                    version: Int(try row.integer(1)),
                    digest: ContentDigest(hexadecimal: try row.text(2))
                ),
                input: PredictionSet.File(
                    name: try row.text(3),
                    digest: ContentDigest(hexadecimal: try row.text(4)),
                    rows: Int(try row.integer(5))
                ),
                output: PredictionSet.File(
                    name: try row.text(6),
                    digest: ContentDigest(hexadecimal: try row.text(7)),
                    rows: Int(try row.integer(8))
                ),
                schema: schema.map { column in
                    let texts = (column.arrayValue ?? []).compactMap(\.stringValue)
                    return PredictionSet.SchemaColumn(name: texts.first ?? "", type: texts.last ?? "")
                },
                failedRows: Int(try row.integer(10))
            ),
            createdAt: Timestamp(milliseconds: try row.integer(11)),
            createdBy: try row.text(12)
        )
    }
}
