/// What MLflow 3.18 answers by GraphQL; the names and orders are those of its schema.
extension GraphQLSchema {
    static let mlflow = GraphQLSchema(
        query: "Query",
        mutation: "Mutation",
        objects: roots + experimentTypes + runTypes + modelVersionTypes + answerTypes,
        inputs: inputObjects
    )

    private static let roots: [GraphQLObjectType] = [
        GraphQLObjectType(
            "Query",
            [
                GraphQLField(
                    "mlflow_get_experiment",
                    .object("MlflowGetExperimentResponse"),
                    ["input": .object("MlflowGetExperimentInput")]
                ),
                GraphQLField(
                    "mlflow_get_metric_history_bulk_interval",
                    .object("MlflowGetMetricHistoryBulkIntervalResponse"),
                    ["input": .object("MlflowGetMetricHistoryBulkIntervalInput")]
                ),
                GraphQLField(
                    "mlflow_get_run",
                    .object("MlflowGetRunResponse"),
                    ["input": .object("MlflowGetRunInput")]
                ),
                GraphQLField(
                    "mlflow_list_artifacts",
                    .object("MlflowListArtifactsResponse"),
                    ["input": .object("MlflowListArtifactsInput")]
                ),
                GraphQLField(
                    "mlflow_search_model_versions",
                    .object("MlflowSearchModelVersionsResponse"),
                    ["input": .object("MlflowSearchModelVersionsInput")]
                ),
                searchRuns,
                GraphQLField("test", .object("Test"), ["inputString": .string]),
            ]
        ),
        GraphQLObjectType(
            "Mutation",
            [
                GraphQLField(
                    "mlflow_search_datasets",
                    .object("MlflowSearchDatasetsResponse"),
                    ["input": .object("MlflowSearchDatasetsInput")]
                ),
                searchRuns,
                GraphQLField("test_mutation", .object("TestMutation"), ["inputString": .string]),
            ]
        ),
        GraphQLObjectType("Test", [GraphQLField("output", .string)]),
        GraphQLObjectType("TestMutation", [GraphQLField("output", .string)]),
    ]

    private static let inputObjects: [GraphQLInputObject] = [
        GraphQLInputObject("MlflowGetExperimentInput", [("experiment_id", .string)]),
        GraphQLInputObject("MlflowGetRunInput", [("run_id", .string), ("run_uuid", .string)]),
        GraphQLInputObject(
            "MlflowSearchRunsInput",
            [
                ("experiment_ids", .list(.string)), ("filter", .string),
                (
                    "run_view_type",
                    .enumeration("MlflowViewType", ["ACTIVE_ONLY", "DELETED_ONLY", "ALL"])
                ), ("max_results", .integer), ("order_by", .list(.string)), ("page_token", .string),
            ]
        ),
        GraphQLInputObject(
            "MlflowListArtifactsInput",
            [("run_id", .string), ("run_uuid", .string), ("path", .string), ("page_token", .string)]
        ),
        GraphQLInputObject(
            "MlflowGetMetricHistoryBulkIntervalInput",
            [
                ("run_ids", .list(.string)), ("metric_key", .string), ("start_step", .integer),
                ("end_step", .integer), ("max_results", .integer),
            ]
        ),
        GraphQLInputObject("MlflowSearchDatasetsInput", [("experiment_ids", .list(.string))]),
        GraphQLInputObject(
            "MlflowSearchModelVersionsInput",
            [
                ("filter", .string), ("max_results", .longString), ("order_by", .list(.string)),
                ("page_token", .string),
            ]
        ),
    ]

    /// A query, and a mutation too, for MLflow's page cannot send long queries otherwise.
    private static let searchRuns = GraphQLField(
        "mlflow_search_runs",
        .object("MlflowSearchRunsResponse"),
        ["input": .object("MlflowSearchRunsInput")]
    )
}
