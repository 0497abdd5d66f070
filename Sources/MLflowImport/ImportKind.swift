/// What is brought over, kind by kind, in the order in which it is: each after what it belongs to.
package enum ImportKind: String, CaseIterable, Sendable {
    case experiments = "experiments"
    case experimentTags = "experiment tags"
    case runs = "runs"
    case params = "params"
    case tags = "tags"
    case points = "metric points"
    case latestMetrics = "latest metrics"
    case datasetInputs = "dataset inputs"
    case loggedModels = "logged models"
    case loggedModelParams = "logged model params"
    case loggedModelTags = "logged model tags"
    case loggedModelMetrics = "logged model metrics"
    case modelLinks = "models used and made"
    case traces = "traces"
    case traceTags = "trace tags"
    case traceMetadata = "trace metadata"
    case traceRuns = "runs of traces"
    case assessments = "assessments"
    case spans = "spans"
    case artifacts = "artifact files"
    case registeredModels = "registered models"
    case registeredModelTags = "registered model tags"
    case versions = "model versions"
    case versionTags = "model version tags"
    case aliases = "aliases"
    case webhooks = "webhooks"

    /// Whether rows of other kinds name rows of this one.
    var isReferredTo: Bool {
        switch self {
        case .experiments, .runs, .loggedModels, .registeredModels, .versions: true
        default: false
        }
    }
}
