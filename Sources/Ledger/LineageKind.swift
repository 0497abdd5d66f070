/// What stands in the graph of what came from what.
package enum LineageKind: String, Sendable, CaseIterable {
    case run
    case loggedModel = "logged_model"
    /// A version of a registered model, as name/number.
    case modelVersion = "model_version"
    /// A version that was deleted after others had come of it, as name/number@id. Neither the model's name nor the
    /// number tells one from a version that was registered under them later, so that it has a place of its own.
    case deletedModelVersion = "deleted_model_version"
    /// A dataset, as ``Subject/datasetVersion(_:_:)`` has it.
    case datasetVersion = "dataset_version"
    case endpoint
    /// A model that is named as a parent and not registered here, as name/version.
    case externalModel = "external_model"
    /// Code, by its commit or digest.
    case code
}

extension Subject {
    /// The dataset `name` in its `version`, or with the digest that stands for one, as name/version. The last slash parts
    /// them: one in the version is written %2F, and a percent sign %25, so that no two datasets are one.
    package static func datasetVersion(_ name: String, _ version: String) -> Subject {
        let escaped = version.replacing("%", with: "%25").replacing("/", with: "%2F")
        return Subject(LineageKind.datasetVersion.rawValue, "\(name)/\(escaped)")
    }
}
