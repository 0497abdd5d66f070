/// The types of MLflow's answers.
extension GraphQLSchema {
    private static let keyValue = [GraphQLField("key", .string), GraphQLField("value", .string)]

    private static let metric = [
        GraphQLField("key", .string), GraphQLField("value", .float), GraphQLField("timestamp", .longString),
        GraphQLField("step", .longString), GraphQLField("dataset_name", .string),
        GraphQLField("dataset_digest", .string), GraphQLField("model_id", .string), GraphQLField("run_id", .string),
    ]

    static let experimentTypes: [GraphQLObjectType] = [
        GraphQLObjectType(
            "MlflowExperiment",
            [
                GraphQLField("experiment_id", .string), GraphQLField("name", .string),
                GraphQLField("artifact_location", .string), GraphQLField("lifecycle_stage", .string),
                GraphQLField("last_update_time", .longString), GraphQLField("creation_time", .longString),
                GraphQLField("tags", .list(.object("MlflowExperimentTag"))),
                GraphQLField("effective_trace_archival_retention", .string), GraphQLField("workspace", .string),
            ]
        ),
        GraphQLObjectType("MlflowExperimentTag", keyValue),
    ]

    static let runTypes: [GraphQLObjectType] = [
        GraphQLObjectType(
            "MlflowRunExtension",
            [
                GraphQLField("info", .object("MlflowRunInfo")), GraphQLField("data", .object("MlflowRunData")),
                GraphQLField("inputs", .object("MlflowRunInputs")),
                GraphQLField("outputs", .object("MlflowRunOutputs")),
                GraphQLField("experiment", .object("MlflowExperiment")),
                GraphQLField("model_versions", .list(.object("MlflowModelVersion"))),
            ]
        ),
        GraphQLObjectType(
            "MlflowRunInfo",
            [
                GraphQLField("run_id", .string), GraphQLField("run_uuid", .string), GraphQLField("run_name", .string),
                GraphQLField("experiment_id", .string), GraphQLField("user_id", .string),
                GraphQLField(
                    "status",
                    .enumeration("MlflowRunStatus", ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"])
                ),
                GraphQLField("start_time", .longString), GraphQLField("end_time", .longString),
                GraphQLField("artifact_uri", .string), GraphQLField("lifecycle_stage", .string),
            ]
        ),
        GraphQLObjectType(
            "MlflowRunData",
            [
                GraphQLField("metrics", .list(.object("MlflowMetricExtension"))),
                GraphQLField("params", .list(.object("MlflowParam"))),
                GraphQLField("tags", .list(.object("MlflowRunTag"))),
            ]
        ),
        GraphQLObjectType("MlflowMetricExtension", metric),
        GraphQLObjectType("MlflowParam", keyValue),
        GraphQLObjectType("MlflowRunTag", keyValue),
        GraphQLObjectType(
            "MlflowRunInputs",
            [
                GraphQLField("dataset_inputs", .list(.object("MlflowDatasetInput"))),
                GraphQLField("model_inputs", .list(.object("MlflowModelInput"))),
            ]
        ),
        GraphQLObjectType(
            "MlflowDatasetInput",
            [
                GraphQLField("tags", .list(.object("MlflowInputTag"))),
                GraphQLField("dataset", .object("MlflowDataset")),
            ]
        ),
        GraphQLObjectType("MlflowInputTag", keyValue),
        GraphQLObjectType(
            "MlflowDataset",
            [
                GraphQLField("name", .string), GraphQLField("digest", .string), GraphQLField("source_type", .string),
                GraphQLField("source", .string), GraphQLField("schema", .string), GraphQLField("profile", .string),
            ]
        ),
        GraphQLObjectType("MlflowModelInput", [GraphQLField("model_id", .string)]),
        GraphQLObjectType(
            "MlflowRunOutputs",
            [GraphQLField("model_outputs", .list(.object("MlflowModelOutput")))]
        ),
        GraphQLObjectType(
            "MlflowModelOutput",
            [GraphQLField("model_id", .string), GraphQLField("step", .longString)]
        ),
    ]

    static let modelVersionTypes: [GraphQLObjectType] = [
        GraphQLObjectType(
            "MlflowModelVersion",
            [
                GraphQLField("name", .string), GraphQLField("version", .string),
                GraphQLField("creation_timestamp", .longString), GraphQLField("last_updated_timestamp", .longString),
                GraphQLField("user_id", .string), GraphQLField("current_stage", .string),
                GraphQLField("description", .string), GraphQLField("source", .string), GraphQLField("run_id", .string),
                GraphQLField(
                    "status",
                    .enumeration(
                        "MlflowModelVersionStatus",
                        ["PENDING_REGISTRATION", "FAILED_REGISTRATION", "READY"]
                    )
                ),
                GraphQLField("status_message", .string),
                GraphQLField("tags", .list(.object("MlflowModelVersionTag"))), GraphQLField("run_link", .string),
                GraphQLField("aliases", .list(.string)), GraphQLField("model_id", .string),
                GraphQLField("model_params", .list(.object("MlflowModelParam"))),
                GraphQLField("model_metrics", .list(.object("MlflowModelMetric"))),
                GraphQLField("deployment_job_state", .object("MlflowModelVersionDeploymentJobState")),
            ]
        ),
        GraphQLObjectType("MlflowModelVersionTag", keyValue),
        GraphQLObjectType("MlflowModelParam", [GraphQLField("name", .string), GraphQLField("value", .string)]),
        GraphQLObjectType("MlflowModelMetric", metric),
        GraphQLObjectType(
            "MlflowModelVersionDeploymentJobState",
            [
                GraphQLField("job_id", .string), GraphQLField("run_id", .string),
                GraphQLField(
                    "job_state",
                    .enumeration(
                        "MlflowDeploymentJobConnectionState",
                        [
                            "DEPLOYMENT_JOB_CONNECTION_STATE_UNSPECIFIED", "NOT_SET_UP", "CONNECTED", "NOT_FOUND",
                            "REQUIRED_PARAMETERS_CHANGED",
                        ]
                    )
                ),
                GraphQLField(
                    "run_state",
                    .enumeration(
                        "MlflowModelVersionDeploymentJobStateDeploymentJobRunState",
                        [
                            "DEPLOYMENT_JOB_RUN_STATE_UNSPECIFIED", "NO_VALID_DEPLOYMENT_JOB_FOUND", "RUNNING",
                            "SUCCEEDED", "FAILED", "PENDING", "APPROVAL",
                        ]
                    )
                ),
                GraphQLField("current_task_name", .string),
            ]
        ),
    ]

    /// MLflow fills `apiError` on Databricks only.
    private static let apiError = GraphQLField("apiError", .never("ApiError"))

    static let answerTypes: [GraphQLObjectType] = [
        GraphQLObjectType(
            "MlflowGetExperimentResponse",
            [GraphQLField("experiment", .object("MlflowExperiment")), apiError]
        ),
        GraphQLObjectType("MlflowGetRunResponse", [GraphQLField("run", .object("MlflowRunExtension")), apiError]),
        GraphQLObjectType(
            "MlflowSearchRunsResponse",
            [
                GraphQLField("runs", .list(.object("MlflowRunExtension"))), GraphQLField("next_page_token", .string),
                apiError,
            ]
        ),
        GraphQLObjectType(
            "MlflowListArtifactsResponse",
            [
                GraphQLField("root_uri", .string), GraphQLField("files", .list(.object("MlflowFileInfo"))),
                GraphQLField("next_page_token", .string), apiError,
            ]
        ),
        GraphQLObjectType(
            "MlflowFileInfo",
            [
                GraphQLField("path", .string), GraphQLField("is_dir", .boolean), GraphQLField("file_size", .longString),
            ]
        ),
        GraphQLObjectType(
            "MlflowGetMetricHistoryBulkIntervalResponse",
            [GraphQLField("metrics", .list(.object("MlflowMetricWithRunId"))), apiError]
        ),
        GraphQLObjectType(
            "MlflowMetricWithRunId",
            [
                GraphQLField("key", .string), GraphQLField("value", .float), GraphQLField("timestamp", .longString),
                GraphQLField("step", .longString), GraphQLField("run_id", .string),
            ]
        ),
        GraphQLObjectType(
            "MlflowSearchDatasetsResponse",
            [GraphQLField("dataset_summaries", .list(.object("MlflowDatasetSummary"))), apiError]
        ),
        GraphQLObjectType(
            "MlflowDatasetSummary",
            [
                GraphQLField("experiment_id", .string), GraphQLField("name", .string), GraphQLField("digest", .string),
                GraphQLField("context", .string),
            ]
        ),
        GraphQLObjectType(
            "MlflowSearchModelVersionsResponse",
            [
                GraphQLField("model_versions", .list(.object("MlflowModelVersion"))),
                GraphQLField("next_page_token", .string), apiError,
            ]
        ),
        GraphQLObjectType(
            "ApiError",
            [
                GraphQLField("code", .string), GraphQLField("message", .string), GraphQLField("help_url", .string),
                GraphQLField("trace_id", .string), GraphQLField("error_details", .list(.object("ErrorDetail"))),
            ]
        ),
        GraphQLObjectType("ErrorDetail", [GraphQLField("field", .string), GraphQLField("message", .string)]),
    ]
}
