import Database

/// A table of MLflow's whose rows, or some of them, have no place in Martlet.
struct LeftoverTable: Sendable {
    /// The table's name.
    let table: SQLText
    /// What is in it, in the plural.
    let name: String
    /// Which of its rows have no place; all of them where nothing stands here.
    let condition: SQLText

    private init(_ table: SQLText, _ name: String, where condition: SQLText = "1 = 1") {
        self.table = table
        self.name = name
        self.condition = condition
    }

    /// How many rows have no place.
    ///
    /// - Throws: ``DatabaseError``.
    func count(on connection: any SQLConnection) throws -> Int {
        let text: SQLText = "SELECT COUNT(*) FROM " + table + " WHERE " + condition
        return Int(try connection.first(text) { try $0.integer(0) } ?? 0)
    }

    /// All of them, in the order in which a report names them.
    static let all = [
        LeftoverTable(
            "datasets",
            "datasets of no run",
            where: "NOT EXISTS (SELECT 1 FROM inputs WHERE inputs.source_id = datasets.dataset_uuid)"
        ),
        LeftoverTable(
            "inputs",
            "inputs of unknown kinds",
            where: """
                source_type NOT IN ('RUN_INPUT', 'RUN_OUTPUT')
                    AND NOT (source_type = 'DATASET' AND destination_type = 'RUN')
                """
        ),
        LeftoverTable(
            "entity_associations",
            "links of traces, prompts and datasets",
            where: "NOT (source_type = 'trace' AND destination_type = 'run')"
        ),
        LeftoverTable(
            "entity_associations",
            "links of traces and runs of which one is gone",
            where: """
                source_type = 'trace' AND destination_type = 'run' AND (
                """ + ofNoTrace("entity_associations.source_id") + """
                     OR NOT EXISTS (
                        SELECT 1 FROM runs AS r JOIN experiments AS e ON e.experiment_id = r.experiment_id
                        WHERE r.run_uuid = entity_associations.destination_id
                    ))
                    """
        ),
        LeftoverTable(
            "trace_tags",
            "traces whose spans are archived",
            where: "key = 'mlflow.trace.spansLocation' AND value = 'ARCHIVE_REPO'"
        ),
        LeftoverTable("trace_tags", "tags of traces that are gone", where: ofNoTrace("trace_tags.request_id")),
        LeftoverTable(
            "trace_request_metadata",
            "metadata of traces that are gone",
            where: ofNoTrace("trace_request_metadata.request_id")
        ),
        LeftoverTable("assessments", "assessments of traces that are gone", where: ofNoTrace("assessments.trace_id")),
        LeftoverTable("spans", "spans of traces that are gone", where: ofNoTrace("spans.trace_id")),
        LeftoverTable("scorers", "scorers"),
        LeftoverTable("scorer_versions", "versions of scorers"),
        LeftoverTable("online_scoring_configs", "online scoring"),
        LeftoverTable("evaluation_datasets", "evaluation datasets"),
        LeftoverTable("evaluation_dataset_tags", "tags of evaluation datasets"),
        LeftoverTable("evaluation_dataset_records", "records of evaluation datasets"),
        LeftoverTable("jobs", "jobs"),
        LeftoverTable("secrets", "gateway secrets"),
        LeftoverTable("endpoints", "gateway endpoints"),
        LeftoverTable("endpoint_tags", "tags of gateway endpoints"),
        LeftoverTable("endpoint_model_mappings", "models of gateway endpoints"),
        LeftoverTable("endpoint_bindings", "bindings of gateway endpoints"),
        LeftoverTable("model_definitions", "gateway models"),
        LeftoverTable("budget_policies", "gateway budgets"),
        LeftoverTable("guardrails", "gateway guardrails"),
        LeftoverTable("guardrail_configs", "settings of gateway guardrails"),
        LeftoverTable("issues", "issues"),
        LeftoverTable("label_schemas", "label schemas"),
        LeftoverTable("review_queues", "review queues"),
        LeftoverTable("review_queue_users", "users of review queues"),
        LeftoverTable("review_queue_items", "items of review queues"),
        LeftoverTable("review_queue_label_schemas", "label schemas of review queues"),
        LeftoverTable("mcp_servers", "MCP servers"),
        LeftoverTable("mcp_server_tags", "tags of MCP servers"),
        LeftoverTable("mcp_server_versions", "versions of MCP servers"),
        LeftoverTable("mcp_server_version_tags", "tags of versions of MCP servers"),
        LeftoverTable("mcp_server_aliases", "aliases of MCP servers"),
        LeftoverTable("mcp_access_endpoints", "MCP access endpoints"),
        LeftoverTable("skills", "skills"),
        LeftoverTable("skill_tags", "tags of skills"),
        LeftoverTable("skill_versions", "versions of skills"),
        LeftoverTable("skill_version_tags", "tags of versions of skills"),
        LeftoverTable("skill_aliases", "aliases of skills"),
    ]

    private static func ofNoTrace(_ column: SQLText) -> SQLText {
        "NOT EXISTS (SELECT 1 FROM trace_info AS own_t WHERE own_t.request_id = " + column + ")"
    }

    /// Tables that are brought over, and those whose rows follow from others or only serve MLflow's own work.
    static let placed: Set<String> = [
        "alembic_version", "experiments", "experiment_tags", "runs", "params", "tags", "metrics", "latest_metrics",
        "datasets", "inputs", "input_tags", "logged_models", "logged_model_params", "logged_model_tags",
        "logged_model_metrics", "registered_models", "registered_model_tags", "registered_model_aliases",
        "model_versions", "model_version_tags", "trace_info", "trace_tags", "trace_request_metadata",
        "entity_associations", "assessments", "spans", "webhooks", "webhook_events",
        "trace_metrics", "span_metrics", "issue_categories", "scheduler_leases", "job_locks", "workspaces",
        "sql_trace_metric_daily_rollups", "sql_span_cost_daily_rollups", "sql_assessment_daily_rollups",
        "sql_trace_rollup_rebuild_queue",
    ]
}
