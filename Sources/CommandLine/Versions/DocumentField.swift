import ArgumentParser

/// What a version's document may tell, by its name in the API.
enum DocumentField: String, CaseIterable, ExpressibleByArgument {
    case semanticVersion = "semantic_version"
    case framework
    case modelType = "model_type"
    case author
    case sizeBytes = "model_size_bytes"
    case hyperparameters
    case metrics
    case parents = "parent_models"
    case datasets
    case code
    case experiment = "experiment_id"
    case run = "run_id"

    /// All names, for a person.
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
