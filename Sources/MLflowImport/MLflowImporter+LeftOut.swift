import Database

/// The counting of what stays behind.
extension MLflowImporter {
    /// How many rows there are in each of MLflow's tables that is not brought over, of those that have any; and how many
    /// there are of each kind that belong to nothing.
    func leftOut() async throws -> [(name: String, count: Int)] {
        try await source.database.read { [kind = source.database.kind, tables = source.tables] connection in
            let names: SQLText =
                switch kind {
                case .sqlite: "SELECT name FROM sqlite_master WHERE type = 'table'"
                case .postgresql:
                    """
                    SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema()
                    """
                }
            let there = Set(try connection.query(names, []) { try $0.text(0) })
            var counts: [(name: String, count: Int)] = []
            for (table, name, count) in Self.placeless where there.contains(table) {
                let rows = try connection.first(count) { try $0.integer(0) } ?? 0
                if rows > 0 { counts.append((name: name, count: Int(rows))) }
            }
            for (kind, table) in tables.all {
                let rows = try table.countStray(on: connection)
                if rows > 0 { counts.append((name: "\(kind.rawValue) of what is gone", count: rows)) }
            }
            let unknown = there.subtracting(Self.placeless.map(\.table)).subtracting(Self.placed)
            return counts + unknown.sorted().map { (name: "table \($0), not counted", count: 0) }
        }
    }

    /// Tables that are brought over, or that only serve others.
    private static let placed: Set<String> = [
        "alembic_version", "experiments", "experiment_tags", "runs", "params", "tags", "metrics", "latest_metrics",
        "datasets", "inputs", "input_tags", "logged_models", "logged_model_params", "logged_model_tags",
        "logged_model_metrics", "registered_models", "registered_model_tags", "registered_model_aliases",
        "model_versions", "model_version_tags", "entity_associations", "trace_tags", "trace_request_metadata",
        "trace_metrics", "span_metrics", "webhook_events", "scorer_versions", "evaluation_dataset_tags",
        "endpoint_model_mappings", "endpoint_bindings", "endpoint_tags", "guardrail_configs", "review_queue_users",
        "review_queue_items", "review_queue_label_schemas", "mcp_server_versions", "mcp_server_tags",
        "mcp_server_version_tags", "mcp_server_aliases", "scheduler_leases", "job_locks", "workspaces",
        "sql_trace_metric_daily_rollups", "sql_span_cost_daily_rollups", "sql_assessment_daily_rollups",
        "sql_trace_rollup_rebuild_queue",
    ]

    private static let placeless: [(table: String, name: String, count: SQLText)] = [
        ("trace_info", "traces", "SELECT COUNT(*) FROM trace_info"),
        ("spans", "spans of traces", "SELECT COUNT(*) FROM spans"),
        ("assessments", "assessments of traces", "SELECT COUNT(*) FROM assessments"),
        ("webhooks", "webhooks", "SELECT COUNT(*) FROM webhooks"),
        ("scorers", "scorers", "SELECT COUNT(*) FROM scorers"),
        ("online_scoring_configs", "online scoring", "SELECT COUNT(*) FROM online_scoring_configs"),
        ("evaluation_datasets", "evaluation datasets", "SELECT COUNT(*) FROM evaluation_datasets"),
        (
            "evaluation_dataset_records", "records of evaluation datasets",
            "SELECT COUNT(*) FROM evaluation_dataset_records"
        ),
        ("jobs", "jobs", "SELECT COUNT(*) FROM jobs"),
        ("secrets", "gateway secrets", "SELECT COUNT(*) FROM secrets"),
        ("endpoints", "gateway endpoints", "SELECT COUNT(*) FROM endpoints"),
        ("model_definitions", "gateway models", "SELECT COUNT(*) FROM model_definitions"),
        ("budget_policies", "gateway budgets", "SELECT COUNT(*) FROM budget_policies"),
        ("guardrails", "gateway guardrails", "SELECT COUNT(*) FROM guardrails"),
        ("issues", "issues", "SELECT COUNT(*) FROM issues"),
        ("label_schemas", "label schemas", "SELECT COUNT(*) FROM label_schemas"),
        ("review_queues", "review queues", "SELECT COUNT(*) FROM review_queues"),
        ("mcp_servers", "MCP servers", "SELECT COUNT(*) FROM mcp_servers"),
        ("mcp_access_endpoints", "MCP access endpoints", "SELECT COUNT(*) FROM mcp_access_endpoints"),
    ]
}
