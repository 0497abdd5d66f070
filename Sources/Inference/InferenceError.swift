/// Why a model cannot be opened or run. Its description is one line fit for the caller: no path, no data.
package struct InferenceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Who can do something about it.
    package enum Code: Hashable, Sendable {
        /// ONNX Runtime is missing or too old; the description says what to do.
        case engineUnavailable
        /// There is no file at the model's path.
        case modelNotFound
        /// The file is no ONNX model, or one that the engine refuses.
        case modelInvalid
        /// A sound model, with an input or output of a kind that Martlet does not serve.
        case modelUnsupported
        /// What the caller gave does not fit the model's inputs; `input` names which.
        case inputInvalid
        /// The engine failed while it ran the model.
        case runFailed
        /// The executor's queue is full.
        case queueFull
        /// What a Python model was asked cannot be read.
        case requestInvalid
        /// A Python model failed, or answered what cannot be passed on; a model in this process needed more memory, or
        /// answered more, than it may.
        case answerInvalid
        /// More wait for a model than may.
        case overloaded
        /// A model did not answer within its time.
        case timedOut
        /// A Python model's process ended while it answered, more than once.
        case workerEnded
        /// No process of a Python model is up.
        case workerUnavailable
    }

    /// Who can do something about it.
    package let code: Code
    /// The input at fault, where one is.
    package let input: String?
    /// What is wrong, with which value, and what would be right.
    package let description: String
    /// ONNX Runtime's own number for its failure; nil when it was not asked.
    package let engineCode: Int32?
    /// The text of ONNX Runtime, or of the loader that should have loaded it, for the log: it may hold a path.
    package let engineMessage: String?

    init(
        _ code: Code,
        input: String? = nil,
        _ description: String,
        engineCode: Int32? = nil,
        engineMessage: String? = nil
    ) {
        self.code = code
        self.input = input
        self.description = description
        self.engineCode = engineCode
        self.engineMessage = engineMessage
    }
}
