import Inference
import Kernel

extension MartletError {
    /// What the caller is told when a model could not be loaded.
    init(loading error: InferenceError) {
        let code: Code =
            switch error.code {
            case .engineUnavailable: .notImplemented
            case .queueFull, .overloaded, .timedOut, .workerUnavailable: .temporarilyUnavailable
            case .modelNotFound: .resourceConflict
            case .modelInvalid, .modelUnsupported, .inputInvalid, .runFailed: .invalidParameterValue
            case .requestInvalid, .answerInvalid, .workerEnded: .invalidParameterValue
            }
        self.init(code, "The model cannot be served: \(error.description)", cause: error)
    }

    /// What the caller is told when a model could not be run.
    ///
    /// A model that has been warmed up and then fails mostly does so because of what it was given, so that is the
    /// caller's fault, as in MLflow's scoring server.
    init(running error: InferenceError) {
        switch error.code {
        case .inputInvalid: self.init(.invalidParameterValue, error.description, cause: error)
        case .workerUnavailable: self.init(.temporarilyUnavailable, error.description, cause: error)
        case .overloaded, .queueFull: self.init(.requestLimitExceeded, error.description, cause: error)
        case .timedOut: self.init(.deadlineExceeded, error.description, cause: error)
        case .requestInvalid: self.init(.badRequest, error.description, cause: error)
        case .answerInvalid, .workerEnded: self.init(.internalError, error.description, cause: error)
        case .engineUnavailable: self.init(.notImplemented, error.description, cause: error)
        default:
            self.init(.badRequest, "The model could not be run on these inputs: \(error.description)", cause: error)
        }
    }
}
