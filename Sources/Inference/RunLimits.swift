/// What one run of a model in this process may use. One that needs more is ended, and the caller told why.
package struct RunLimits: Sendable, Hashable {
    /// How long it may take, and a request wait for its turn.
    ///
    /// Looked at between the model's operators: one that has begun goes on to its end.
    package var time: Duration = .seconds(60)
    /// The memory that its tensors may hold at once, beside the model's weights. The texts of tensors of strings are
    /// not counted.
    package var memoryBytesMax: Int64 = 4 << 30
    /// The bytes of what it answers.
    package var answerBytesMax = 64 << 20

    /// Limits for ordinary models.
    package init() {}

    /// These, as far as they leave a run on a thread that others wait for.
    var atOnce: RunLimits {
        var limits = self
        limits.time = min(time, .milliseconds(10))
        // What is larger takes its time within one operator, too.
        limits.memoryBytesMax = min(memoryBytesMax, 16 << 20)
        return limits
    }
}
