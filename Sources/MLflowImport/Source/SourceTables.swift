import Database

/// MLflow's tables, as far as Martlet has a place for what is in them; nil for those that a version has not yet.
struct SourceTables: Sendable {
    let experiments = SourceTable(
        key: ["experiment_id"],
        columns: ["name", "artifact_location", "lifecycle_stage", "creation_time", "last_update_time"],
        source: "experiments"
    )
    let experimentTags = SourceTable(
        key: ["experiment_id", "key"],
        columns: ["value"],
        source: "experiment_tags",
        isOwned: SourceTable.ofExperiment("experiment_tags.experiment_id")
    )
    /// A run without a name has it in a tag.
    let runs = SourceTable(
        key: ["r.run_uuid"],
        columns: [
            "r.experiment_id", "COALESCE(NULLIF(r.name, ''), t.value, '')", "COALESCE(r.user_id, '')",
            "COALESCE(r.status, 'RUNNING')", "COALESCE(r.start_time, 0)", "r.end_time", "r.lifecycle_stage",
            "COALESCE(r.deleted_time, r.end_time, r.start_time, 0)", "COALESCE(r.artifact_uri, '')",
        ],
        source: "runs AS r LEFT JOIN tags AS t ON t.run_uuid = r.run_uuid AND t.key = 'mlflow.runName'",
        isOwned: SourceTable.ofExperiment("r.experiment_id")
    )
    let params = SourceTable(
        key: ["run_uuid", "key"],
        columns: ["value"],
        source: "params",
        isOwned: SourceTable.ofRun("params.run_uuid")
    )
    let tags = SourceTable(
        key: ["run_uuid", "key"],
        columns: ["COALESCE(value, '')"],
        source: "tags",
        isOwned: SourceTable.ofRun("tags.run_uuid")
    )
    /// PostgreSQL does not compare the BOOLEAN of `is_nan` with a number.
    let metrics = SourceTable(
        key: ["run_uuid", "key", "step", "timestamp", "value", "CASE WHEN is_nan THEN 1 ELSE 0 END"],
        columns: [],
        source: "metrics",
        isOwned: SourceTable.ofRun("metrics.run_uuid")
    )
    let latestMetrics = SourceTable(
        key: ["run_uuid", "key"],
        columns: ["step", "COALESCE(timestamp, 0)", "value", "CASE WHEN is_nan THEN 1 ELSE 0 END"],
        source: "latest_metrics",
        isOwned: SourceTable.ofRun("latest_metrics.run_uuid")
    )
    let datasetInputs: SourceTable?
    let modelLinks: SourceTable?
    let loggedModels: SourceTable?
    let loggedModelParams: SourceTable?
    let loggedModelTags: SourceTable?
    let loggedModelMetrics: SourceTable?
    let traces: SourceTable?
    let webhooks: SourceTable?
    let registeredModels = SourceTable(
        key: ["name"],
        columns: [
            "COALESCE(creation_time, 0)", "COALESCE(last_updated_time, creation_time, 0)", "description",
            "(SELECT COALESCE(MAX(v.version), 0) FROM model_versions AS v WHERE v.name = registered_models.name)",
        ],
        source: "registered_models"
    )
    let registeredModelTags = SourceTable(
        key: ["name", "key"],
        columns: ["COALESCE(value, '')"],
        source: "registered_model_tags",
        isOwned: SourceTable.ofRegisteredModel("registered_model_tags.name")
    )
    let versions: SourceTable
    let versionTags: SourceTable
    let aliases: SourceTable?

    init(_ revision: MLflowRevision) {
        datasetInputs = revision < .inputs ? nil : Self.datasetInputTable
        modelLinks = revision < .loggedModels ? nil : Self.modelLinkTable(hasStep: revision >= .inputSteps)
        loggedModels = revision < .loggedModels ? nil : Self.loggedModelTable
        loggedModelParams = revision < .loggedModels ? nil : Self.loggedModelParamTable
        loggedModelTags = revision < .loggedModels ? nil : Self.loggedModelTagTable
        loggedModelMetrics = revision < .loggedModels ? nil : Self.loggedModelMetricTable
        traces = revision < .traces ? nil : Self.traceTable(revision)
        webhooks = revision < .webhooks ? nil : Self.webhookTable
        aliases =
            revision < .aliases
            ? nil
            : SourceTable(
                key: ["a.name", "a.alias"],
                columns: ["a.version"],
                source: "registered_model_aliases AS a",
                isOwned: SourceTable.ofVersion("a.name", "a.version")
            )
        let location: SQLText = revision < .storageLocations ? "''" : "COALESCE(v.storage_location, '')"
        versions = SourceTable(
            key: ["v.name", "v.version"],
            columns: [
                "COALESCE(v.creation_time, 0)", "COALESCE(v.last_updated_time, v.creation_time, 0)", "v.description",
                "COALESCE(v.current_stage, 'None')", "COALESCE(v.source, '')", "COALESCE(v.run_id, '')",
                "COALESCE(v.run_link, '')", location,
            ],
            source: "model_versions AS v",
            condition: Self.isThere,
            isOwned: SourceTable.ofRegisteredModel("v.name")
        )
        let isOfSameModel: SQLText = revision < .workspaces ? "" : " AND v.workspace = t.workspace"
        versionTags = SourceTable(
            key: ["t.name", "t.version", "t.key"],
            columns: ["COALESCE(t.value, '')"],
            source: "model_version_tags AS t JOIN model_versions AS v ON v.name = t.name AND v.version = t.version"
                + isOfSameModel,
            condition: Self.isThere,
            isOwned: SourceTable.ofRegisteredModel("t.name")
        )
    }

    /// A deleted version keeps its row, so that its number stays taken.
    private static let isThere: SQLText = "COALESCE(v.current_stage, '') <> 'Deleted_Internal'"

    private static let datasetInputTable = SourceTable(
        key: ["i.source_id", "i.destination_id"],
        columns: [
            "i.input_uuid", "d.name", "d.digest", "d.dataset_source_type", "d.dataset_source", "d.dataset_schema",
            "d.dataset_profile",
        ],
        source: "inputs AS i JOIN datasets AS d ON d.dataset_uuid = i.source_id",
        condition: "i.source_type = 'DATASET' AND i.destination_type = 'RUN'",
        isOwned: SourceTable.ofRun("i.destination_id")
    )

    private static func modelLinkTable(hasStep: Bool) -> SourceTable {
        SourceTable(
            key: ["source_type", "source_id", "destination_type", "destination_id"],
            columns: [hasStep ? "step" : "0"],
            source: "inputs",
            condition: "source_type IN ('RUN_INPUT', 'RUN_OUTPUT')",
            isOwned: SourceTable.ofRun("inputs.source_id")
        )
    }

    private static let loggedModelTable = SourceTable(
        key: ["model_id"],
        columns: [
            "experiment_id", "name", "artifact_location", "COALESCE(model_type, '')", "COALESCE(source_run_id, '')",
            "status", "creation_timestamp_ms", "last_updated_timestamp_ms", "lifecycle_stage",
        ],
        source: "logged_models",
        isOwned: SourceTable.ofExperiment("logged_models.experiment_id")
    )
    private static let loggedModelParamTable = SourceTable(
        key: ["model_id", "param_key"],
        columns: ["param_value"],
        source: "logged_model_params",
        isOwned: SourceTable.ofLoggedModel("logged_model_params.model_id")
    )
    private static let loggedModelTagTable = SourceTable(
        key: ["model_id", "tag_key"],
        columns: ["tag_value"],
        source: "logged_model_tags",
        isOwned: SourceTable.ofLoggedModel("logged_model_tags.model_id")
    )
    private static let loggedModelMetricTable = SourceTable(
        key: ["model_id", "metric_name", "metric_timestamp_ms", "metric_step", "run_id"],
        columns: ["metric_value", "COALESCE(dataset_name, '')", "COALESCE(dataset_digest, '')"],
        source: "logged_model_metrics",
        isOwned: SourceTable.ofLoggedModel("logged_model_metrics.model_id")
    )
}

extension SourceTables {
    /// All of them, with the kinds of their rows.
    var all: [(kind: ImportKind, table: SourceTable)] {
        let tables: [(kind: ImportKind, table: SourceTable?)] = [
            (.experiments, experiments), (.experimentTags, experimentTags), (.runs, runs), (.params, params),
            (.tags, tags), (.points, metrics), (.latestMetrics, latestMetrics), (.datasetInputs, datasetInputs),
            (.loggedModels, loggedModels), (.loggedModelParams, loggedModelParams),
            (.loggedModelTags, loggedModelTags), (.loggedModelMetrics, loggedModelMetrics), (.modelLinks, modelLinks),
            (.registeredModels, registeredModels), (.registeredModelTags, registeredModelTags), (.versions, versions),
            (.versionTags, versionTags), (.aliases, aliases), (.traces, traces),
        ]
        return tables.compactMap { kind, table in table.map { (kind: kind, table: $0) } }
    }
}
