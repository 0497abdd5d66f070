import Kernel

/// What a request of `/predict` or `/predict/batch` wants beside its predictions.
struct PredictOptions: Sendable, Hashable {
    /// How sure the model is of each row.
    private(set) var wantsConfidence = false
    /// What each input has done to each prediction.
    private(set) var wantsExplanation = false
    /// How often an interval shall hold the truth, in (0, 1).
    private(set) var coverage = 0.9
    /// What the order of sampling depends on: the same again with the same seed.
    private(set) var seed: UInt64 = 0

    /// The member `options` of a body; nil when it asks for nothing. Members that are not known are ignored.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` that names the member.
    init?(_ document: JSONObject) throws {
        guard let value = document["options"], value != .null else { return nil }
        guard let object = value.objectValue else {
            throw MartletError(.invalidParameterValue, "\"options\" must be an object, found \(value.kind)")
        }
        let fields = PolicyFields(object: object)
        wantsConfidence = try fields.flag("return_confidence") ?? false
        wantsExplanation = try fields.flag("return_explanation") ?? false
        guard wantsConfidence || wantsExplanation else { return nil }
        coverage = try fields.number("coverage", 0.01...0.9999) ?? coverage
        seed = UInt64(try fields.integer("seed", 0...Int.max) ?? 0)
    }
}
