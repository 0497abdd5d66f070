import Kernel
import Tracking

/// The MLflow model that a trial becomes: one that fills the prompt in and asks the gateway's endpoint.
struct PromptTrialModel: Sendable {
    /// The server has no Python of its own; MLflow's release runs on this one.
    private static let python = "3.11"
    private static let folder = "model"

    let trial: PromptTrial
    let runID: RunID
    /// Its name for machines.
    let id: String
    let createdAt: Timestamp

    /// The model's files, and the table that MLflow's page shows, by their paths in the run's folder.
    var files: [(path: String, text: String)] {
        [
            ("\(Self.folder)/MLmodel", description), ("\(Self.folder)/parameters.yaml", parameters),
            ("\(Self.folder)/requirements.txt", requirement), ("\(Self.folder)/conda.yaml", condaEnvironment),
            ("\(Self.folder)/python_env.yaml", pythonEnvironment),
            ("\(Self.folder)/input_example.json", example.text),
            ("\(Self.folder)/serving_input_example.json", JSON.object(["inputs": example]).text),
            (Self.tableName, table.text),
        ]
    }

    /// The file with the prompt's variables, the prompt, the answer and what is known of it in one row.
    static let tableName = "eval_results_table.json"

    /// What the run's list of models says of it.
    var history: JSON {
        [
            "run_id": .string(runID.text), "artifact_path": .string(Self.folder),
            "utc_time_created": .string(createdText), "model_uuid": .string(id),
            "flavors": [
                "python_function": [
                    "loader_module": "mlflow.prompt.promptlab_model", "parameters_path": "parameters.yaml",
                    "python_version": .string(Self.python),
                    "env": ["conda": "conda.yaml", "virtualenv": "python_env.yaml"],
                ]
            ],
        ]
    }

    private var description: String {
        """
        artifact_path: \(Self.folder)
        flavors:
          python_function:
            env:
              conda: conda.yaml
              virtualenv: python_env.yaml
            loader_module: mlflow.prompt.promptlab_model
            parameters_path: parameters.yaml
            python_version: \(YAMLText.quoted(Self.python))
        mlflow_version: \(HealthRoutes.mlflowLevel)
        model_uuid: \(id)
        run_id: \(runID)
        saved_input_example_info:
          artifact_path: input_example.json
          serving_input_path: serving_input_example.json
          type: json_object
        signature:
          inputs: \(YAMLText.quoted(Self.columns(trial.variables.map(\.key))))
          outputs: \(YAMLText.quoted(Self.columns(["output"])))
          params: null
        utc_time_created: \(YAMLText.quoted(createdText))

        """
    }

    /// As Python writes a time with microseconds.
    private var createdText: String {
        String(createdAt.iso8601.prefix(23)).replacing("T", with: " ") + "000"
    }

    /// What MLflow's loader of such models reads.
    private var parameters: String {
        "model_parameters:" + YAMLText.mapping(trial.settings.map { ($0.key, $0.value) })
            + "model_route: \(YAMLText.quoted(trial.endpoint))\n" + "prompt_parameters:"
            + YAMLText.mapping(trial.variables.map { ($0.key, $0.value) })
            + "prompt_template: \(YAMLText.quoted(trial.template))\n"
    }

    private var requirement: String { "mlflow[gateway]==\(HealthRoutes.mlflowLevel)" }

    private var condaEnvironment: String {
        """
        channels:
        - conda-forge
        dependencies:
        - python=\(Self.python)
        - pip
        - pip:
          - \(requirement)
        name: mlflow-env

        """
    }

    private var pythonEnvironment: String {
        """
        python: \(YAMLText.quoted(Self.python))
        build_dependencies: []
        dependencies:
        - -r requirements.txt

        """
    }

    private var example: JSON {
        ["inputs": .array(trial.variables.map { .string($0.value) })]
    }

    private var table: JSON {
        let names = trial.variables.map(\.key) + ["prompt", "output"] + trial.outputFacts.map(\.key)
        let output = trial.output.map { JSON.string($0) } ?? .null
        let row =
            trial.variables.map { JSON.string($0.value) } + [.string(trial.input), output]
            + trial.outputFacts.map { JSON.string($0.value) }
        return ["columns": .array(names.map { .string($0) }), "data": [.array(row)]]
    }

    /// The columns of a signature, all of them texts.
    private static func columns(_ names: [String]) -> String {
        JSON.array(names.map { ["type": "string", "name": .string($0), "required": true] }).text
    }
}
