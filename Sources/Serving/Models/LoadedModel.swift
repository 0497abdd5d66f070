package import Inference

/// A model version in memory, warm and ready to be run from anywhere.
package final class LoadedModel: Sendable {
    /// What runs it.
    enum Engine: Sendable {
        /// ONNX Runtime in this process; `singleRowNanoseconds` nil where the model could not be tried out.
        case onnx(InferenceSession, singleRowNanoseconds: Int64?)
        /// Python in processes of its own.
        case python(PythonModel)
    }

    /// A run that takes less is done at once by whoever asks: handing it to another thread would cost more.
    static let inlineNanosecondsMax: Int64 = 200_000

    /// How requests become its inputs.
    package let plan: InputPlan
    /// What it answers, as far as that is known.
    package let outputs: [TensorDescription]
    private let engine: Engine

    /// A model that `engine` runs.
    init(_ engine: Engine, plan: InputPlan, outputs: [TensorDescription]) {
        self.engine = engine
        self.plan = plan
        self.outputs = outputs
    }

    /// What it takes; empty where only MLflow can read it.
    package var inputs: [TensorDescription] { plan.inputs }

    /// The engine's name: `onnx`, `python`.
    package var runtime: String {
        switch engine {
        case .onnx: "onnx"
        case .python: "python"
        }
    }

    /// What the model's processes do; nil where it has none.
    package var workers: WorkerStatistics? {
        if case .python(let model) = engine { model.statistics } else { nil }
    }

    /// What the model answers, wherever it runs.
    ///
    /// - Throws: ``InferenceError``, `CancellationError`, `INVALID_PARAMETER_VALUE`.
    func answer(_ inputs: ModelInputs, on executor: InferenceExecutor) async throws -> ModelAnswer {
        switch engine {
        case .onnx(let session, _):
            let tensors = inputs.tensors
            return ModelAnswer(outputs: try await executor.run { try session.run(tensors) })
        case .python(let model):
            try inputs.checkRows()
            return ModelAnswer(try await model.run(inputs.request))
        }
    }

    /// What the model answers on the calling thread, where that is quick; nil where it is not, and nothing was done.
    ///
    /// - Throws: ``InferenceError``.
    func answerAtOnce(_ inputs: ModelInputs) throws -> ModelAnswer? {
        guard case .onnx(let session, let singleRowNanoseconds?) = engine,
            singleRowNanoseconds * Int64(clamping: min(inputs.rows, 1 << 20)) < Self.inlineNanosecondsMax
        else { return nil }
        return ModelAnswer(outputs: try session.run(inputs.tensors))
    }
}
