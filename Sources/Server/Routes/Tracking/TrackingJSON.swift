import Kernel
import Tracking

/// How MLflow writes tracking's things: snake_case, field-number order, absent and empty fields left out.
extension JSONWriter {
    /// A number as MLflow stores it: infinities are the largest finite numbers, NaN is the text `"NaN"`.
    mutating func clamped(_ number: Double) {
        switch number {
        case .infinity: value(Double.greatestFiniteMagnitude)
        case -.infinity: value(-Double.greatestFiniteMagnitude)
        default: value(number)
        }
    }

    mutating func keyValue(_ key: String, _ text: String) {
        object { writer in
            writer.member("key", key)
            writer.member("value", text)
        }
    }

    mutating func tag(_ tag: Tag) { keyValue(tag.key, tag.value) }

    mutating func param(_ param: Param) { keyValue(param.key, param.value) }

    mutating func experiment(_ experiment: Experiment) {
        object { writer in
            writer.member("experiment_id", experiment.id.description)
            writer.member("name", experiment.name)
            writer.member("artifact_location", experiment.artifactLocation)
            writer.member("lifecycle_stage", experiment.isActive ? "active" : "deleted")
            writer.member("last_update_time", experiment.updatedAt)
            writer.member("creation_time", experiment.createdAt)
            writer.member("tags", unlessEmpty: experiment.tags) { $0.tag($1) }
            writer.member("workspace", "default")
        }
    }

    mutating func runInfo(_ run: Run) {
        object { writer in
            writer.member("run_uuid", run.id.text)
            writer.member("experiment_id", run.experimentID.description)
            writer.member("run_name", run.name)
            writer.member("user_id", run.userID)
            writer.member("status", run.status.name)
            writer.member("start_time", run.startedAt)
            if let end = run.endedAt { writer.member("end_time", end) }
            writer.member("artifact_uri", run.artifactURI)
            writer.member("lifecycle_stage", run.isActive ? "active" : "deleted")
            writer.member("run_id", run.id.text)
        }
    }

    mutating func metric(_ metric: Metric, runID: RunID? = nil) {
        object { writer in
            writer.member("key", metric.key)
            writer.name("value")
            writer.clamped(metric.value)
            writer.member("timestamp", metric.timestamp)
            writer.member("step", metric.step)
            writer.member("model_id", ifPresent: metric.modelID?.text)
            writer.member("dataset_name", ifPresent: metric.datasetName)
            writer.member("dataset_digest", ifPresent: metric.datasetDigest)
            writer.member("run_id", ifPresent: runID?.text)
        }
    }

    mutating func run(_ details: RunDetails) {
        object { writer in
            writer.name("info")
            writer.runInfo(details.run)
            writer.member("data") { writer in
                writer.member("metrics", unlessEmpty: details.metrics) { $0.metric($1) }
                writer.member("params", unlessEmpty: details.params) { $0.param($1) }
                writer.member("tags", unlessEmpty: details.tags) { $0.tag($1) }
            }
            writer.inputsAndOutputs(
                datasets: details.datasetInputs,
                models: details.modelInputs,
                outputs: details.modelOutputs
            )
        }
    }

    mutating func inputsAndOutputs(datasets: [DatasetInput], models: [LoggedModelID], outputs: [ModelOutput]) {
        member("inputs") { writer in
            writer.member("dataset_inputs", unlessEmpty: datasets) { $0.datasetInput($1) }
            writer.member("model_inputs", unlessEmpty: models) { writer, id in
                writer.object { $0.member("model_id", id.text) }
            }
        }
        guard !outputs.isEmpty else { return }
        member("outputs") { writer in
            writer.member("model_outputs", unlessEmpty: outputs) { writer, output in
                writer.object { writer in
                    writer.member("model_id", output.modelID.text)
                    writer.member("step", output.step)
                }
            }
        }
    }

    mutating func datasetInput(_ input: DatasetInput) {
        object { writer in
            writer.member("tags", unlessEmpty: input.tags) { $0.tag($1) }
            writer.member("dataset") { writer in
                writer.member("name", input.name)
                writer.member("digest", input.digest)
                writer.member("source_type", input.sourceType)
                writer.member("source", input.source)
                writer.member("schema", ifPresent: input.schema)
                writer.member("profile", ifPresent: input.profile)
            }
        }
    }

    mutating func loggedModel(_ model: LoggedModel) {
        object { writer in
            writer.member("info") { writer in
                writer.member("model_id", model.id.text)
                writer.member("experiment_id", model.experimentID.description)
                writer.member("name", model.name)
                writer.member("creation_timestamp_ms", model.createdAt)
                writer.member("last_updated_timestamp_ms", model.updatedAt)
                writer.member("artifact_uri", model.artifactURI)
                writer.member("status", model.status.name)
                writer.member("model_type", model.modelType)
                writer.member("source_run_id", ifPresent: model.sourceRunID?.text)
                writer.member("tags", unlessEmpty: model.tags) { $0.tag($1) }
            }
            writer.member("data") { writer in
                writer.member("params", unlessEmpty: model.params) { $0.param($1) }
                writer.member("metrics", unlessEmpty: model.metrics) { $0.metric($1.metric, runID: $1.runID) }
            }
        }
    }
}

extension MLflowFields {
    /// Which of the active and deleted things are asked for; the active ones unless said otherwise.
    func viewType(_ name: String) throws -> ViewType {
        try choice(name, numberedFrom: 1) ?? .activeOnly
    }
}
