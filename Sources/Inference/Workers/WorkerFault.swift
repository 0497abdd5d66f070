/// Why a call of a worker has no answer.
enum WorkerFault: Error {
    /// The model or MLflow refused it; the process is sound.
    case refused(InferenceError)
    /// The process is gone.
    case ended
    /// The process took too long.
    case timedOut
    /// The process holds more memory than it may.
    case tooMuchMemory(bytes: Int64)
    /// What the process sent is not the protocol.
    case broken(String)
    /// The server stops.
    case stopped
}
