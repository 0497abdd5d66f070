package import Analytics

/// What rows that were logged beside a version are of.
package enum SampleKind: String, Sendable, Hashable {
    /// Inputs as the model was trained on: `martlet/reference`.
    case background = "reference"
    /// Predictions for rows that the model was not trained on, and how far off they were: `martlet/calibration`.
    case calibration
}

/// Finds the rows of a kind that were logged beside a version of a model; nil where none were.
package typealias SampleReader =
    @Sendable (_ kind: SampleKind, _ modelName: String, _ version: Int) async throws -> SampleTable?
