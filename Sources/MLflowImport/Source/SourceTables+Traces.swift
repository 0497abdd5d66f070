import Database

/// The tables of traces and webhooks.
extension SourceTables {
    /// Where the URI of a trace's artifacts stands, for whoever reads nothing else of it.
    static let traceFolderColumn = 8
    /// Where it stands whether a trace has spans in the database.
    static let traceSpansColumn = 9
    /// The first of the columns that took the place of a tag and of metadata.
    static let tracePromotedColumn = 10

    static func traceTable(_ revision: MLflowRevision) -> SourceTable {
        let previews: [SQLText] =
            revision < .tracePreviews
            ? ["NULL", "NULL", "NULL"] : ["t.client_request_id", "t.request_preview", "t.response_preview"]
        // MLflow empties the spans of a trace that it has moved to an archive.
        let hasSpans: SQLText =
            revision < .spans
            ? "0"
            : """
            CASE WHEN EXISTS (SELECT 1 FROM spans AS s WHERE s.trace_id = t.request_id AND s.content <> '')
                THEN 1 ELSE 0 END
            """
        let promoted: [SQLText] =
            revision < .traceColumns
            ? []
            : [
                "t.trace_name", "t.session_id", "t.input_tokens", "t.output_tokens", "t.total_tokens",
                "t.cache_read_input_tokens", "t.cache_creation_input_tokens",
                "t.cache_creation_input_tokens_above_1hr", "t.input_cost", "t.output_cost", "t.total_cost",
            ]
        return SourceTable(
            key: ["t.request_id"],
            columns: ["t.experiment_id", "t.timestamp_ms", "t.execution_time_ms", "t.status"] + previews + [
                "COALESCE(f.value, '')", hasSpans,
            ] + promoted,
            source: """
                trace_info AS t
                    LEFT JOIN trace_tags AS f ON f.request_id = t.request_id AND f.key = 'mlflow.artifactLocation'
                """,
            isOwned: SourceTable.ofExperiment("t.experiment_id")
        )
    }

    /// A webhook that was deleted keeps its row.
    static let webhookTable = SourceTable(
        key: ["webhook_id"],
        columns: [
            "name", "COALESCE(description, '')", "url", "status",
            "CASE WHEN COALESCE(secret, '') = '' THEN 0 ELSE 1 END", "COALESCE(creation_timestamp, 0)",
            "COALESCE(last_updated_timestamp, creation_timestamp, 0)",
        ],
        source: "webhooks",
        condition: "deleted_timestamp IS NULL"
    )
}
