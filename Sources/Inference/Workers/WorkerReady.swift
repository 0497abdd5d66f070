import Kernel

/// What a worker says of itself once its model is loaded.
package struct WorkerReady: Sendable {
    /// The protocol that both must speak.
    private static let protocolNumber: Int64 = 1

    /// MLflow's release.
    package let mlflowVersion: String
    /// Python's release.
    package let pythonVersion: String
    /// Whether the signature comes from the types that the model's function declares, so that only MLflow reads inputs.
    package let isHinted: Bool
    /// What it answered to the example that was logged with it, with a free first dimension; nil where it was not asked.
    package let outputs: [TensorDescription]?

    /// Refuses a frame that says why a model's own environment could not be made.
    ///
    /// - Throws: `modelInvalid`.
    static func checkEnvironment(_ frame: WorkerFrame) throws(InferenceError) {
        guard frame.head["environment"] != true else { return }
        let reason = frame.head["message"]?.stringValue ?? "no reason given"
        throw InferenceError(.modelInvalid, "its environment can't be made: \(reason)")
    }

    /// What a frame says that tells how a model was loaded.
    ///
    /// - Parameters:
    ///   - frame: the frame.
    ///   - python: the interpreter with which all models are loaded; nil for a model with its own environment.
    /// - Throws: `engineUnavailable` when MLflow is missing, `modelInvalid` when the model can't be loaded.
    init(_ frame: WorkerFrame, python: String?) throws(InferenceError) {
        let head = frame.head
        guard head["ready"] == true else {
            if head["lacks_mlflow"] == true {
                guard let python else {
                    throw InferenceError(.modelInvalid, "its requirements.txt lists no mlflow, which would load it")
                }
                throw Self.lacksMLflow(python)
            }
            let reason = head["message"]?.stringValue ?? "no reason given"
            throw InferenceError(.modelInvalid, "MLflow can't load it: \(reason)")
        }
        guard head["protocol"] == .integer(Self.protocolNumber) else {
            throw InferenceError(.engineUnavailable, "the Python worker speaks another protocol")
        }
        mlflowVersion = head["mlflow"]?.stringValue ?? ""
        pythonVersion = head["python"]?.stringValue ?? ""
        isHinted = head["hinted"] == true
        outputs = head["outputs"]?.arrayValue?.compactMap { json in
            TensorDescription(described: json).map { output in
                let shape = output.shape.map { $0.isEmpty ? [] : [-1] + $0.dropFirst() }
                return TensorDescription(name: output.name, elementType: output.elementType, shape: shape)
            }
        }
    }

    /// That `python` has no MLflow, and what to do.
    static func lacksMLflow(_ python: String) -> InferenceError {
        InferenceError(
            .engineUnavailable,
            "the Python at hand has no MLflow. Install mlflow and what the model needs (its requirements.txt says what)"
                + " into a Python environment, and name its interpreter: martlet server --python PATH, or MARTLET_PYTHON",
            engineMessage: python
        )
    }
}
