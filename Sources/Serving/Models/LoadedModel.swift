package import Inference

/// A model version in memory, warm and ready to be run from any thread.
package final class LoadedModel: Sendable {
    /// A run that takes less is done at once by whoever asks: handing it to another thread would cost more.
    static let inlineNanosecondsMax: Int64 = 200_000

    /// How requests become its tensors.
    package let plan: InputPlan
    /// The model in the engine.
    package let session: InferenceSession
    /// How long one row takes, in nanoseconds; nil where it could not be tried out.
    private let singleRowNanoseconds: Int64?

    /// A model out of `session`.
    init(session: InferenceSession, plan: InputPlan, singleRowNanoseconds: Int64?) {
        self.session = session
        self.plan = plan
        self.singleRowNanoseconds = singleRowNanoseconds
    }

    /// Whether a run of `rows` is quick enough to be done by whoever asks.
    func runsInline(rows: Int) -> Bool {
        guard let singleRowNanoseconds else { return false }
        return singleRowNanoseconds * Int64(clamping: min(rows, 1 << 20)) < Self.inlineNanosecondsMax
    }
}
