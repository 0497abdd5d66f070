/// How much of an answer may still be copied out of the engine.
struct AnswerRoom {
    private let bytesMax: Int
    private var left: Int

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
        left = bytesMax
    }

    /// Takes room for so many elements of `size` bytes.
    ///
    /// - Throws: `answerInvalid` when there is not so much.
    mutating func take(_ count: Int, ofBytes size: Int) throws(InferenceError) {
        guard count <= left / max(1, size) else {
            throw InferenceError(
                .answerInvalid,
                "the model answers more than the \(bytesMax >> 20) MiB that an answer may have"
            )
        }
        left -= count * size
    }
}
