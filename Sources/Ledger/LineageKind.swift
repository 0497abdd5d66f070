/// What stands in the graph of what came from what.
package enum LineageKind: String, Sendable, CaseIterable {
    case run
    case loggedModel = "logged_model"
    /// A version of a registered model, as name/number.
    case modelVersion = "model_version"
    /// A version that was deleted after others had come of it, as name/number@id. Neither the model's name nor the
    /// number tells one from a version that was registered under them later, so that it has a place of its own.
    case deletedModelVersion = "deleted_model_version"
    /// A dataset, as name/version or name/digest.
    case datasetVersion = "dataset_version"
    case endpoint
    /// A model that is named as a parent and not registered here, as name/version.
    case externalModel = "external_model"
    /// Code, by its commit or digest.
    case code
}
