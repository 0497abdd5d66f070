import Kernel
import Tracking

/// A prompt that somebody tried on a language model, as MLflow's page tells of it.
struct PromptTrial: Sendable {
    /// The run that is to hold it.
    let run: NewRun
    /// The prompt with its variables' names in it.
    let template: String
    /// The variables and what was put in their places.
    let variables: [Param]
    /// The endpoint of the gateway that was asked.
    let endpoint: String
    /// What the model was told besides: the temperature and so on.
    let settings: [Param]
    /// The prompt as it was sent.
    let input: String
    /// What the model answered; nil when it did not.
    let output: String?
    /// What is known of the answer: the time that it took and so on.
    let outputFacts: [Param]

    /// The trial that `fields` describe.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` in MLflow's words.
    init(_ fields: MLflowFields, now: Timestamp) throws {
        let experiment = try Self.required("experiment_id", fields)
        template = try Self.required("prompt_template", fields)
        variables = try Self.params("prompt_parameters", fields)
        guard !variables.isEmpty else { throw Self.missing("prompt_parameters") }
        endpoint = try Self.required("model_route", fields)
        settings = try Self.params("model_parameters", fields)
        input = try Self.required("model_input", fields)
        output = try fields.string("model_output")
        outputFacts = try Self.params("model_output_parameters", fields)
        _ = try Self.required("mlflow_version", fields)
        run = NewRun(
            experimentID: try ExperimentID(experiment),
            name: try fields.string("run_name"),
            userID: try fields.string("user_id") ?? "unknown",
            startedAt: try fields.integer("start_time").map(Timestamp.init(milliseconds:)) ?? now,
            tags: try fields.tags("tags").map { Tag(key: $0.key, value: $0.value) }
        )
    }

    private static func required(_ name: String, _ fields: MLflowFields) throws -> String {
        guard let text = try fields.string(name), !text.isEmpty else { throw missing(name) }
        return text
    }

    private static func missing(_ name: String) -> MartletError {
        MartletError(.invalidParameterValue, "CreatePromptlabRun request must specify \(name).")
    }

    /// Keys and values; a value that is no text is written as one.
    private static func params(_ name: String, _ fields: MLflowFields) throws -> [Param] {
        try fields.objects(name).map { param in
            let value = try param.value("value") ?? .null
            return Param(key: try param.requiredString("key"), value: value.stringValue ?? value.text)
        }
    }
}
