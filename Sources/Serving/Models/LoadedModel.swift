package import Inference

/// A model version in memory, warm and ready to be run from anywhere.
package final class LoadedModel: Sendable {
    /// What runs it.
    enum Engine: Sendable {
        /// ONNX Runtime in this process.
        case onnx(BatchingSession)
        /// Python in processes of its own.
        case python(PythonModel)
    }

    /// How requests become its inputs.
    package let plan: InputPlan
    /// What it answers, as far as that is known.
    package let outputs: [TensorDescription]
    private let engine: Engine
    /// Where its answers are kept; nil where they are not.
    private let cache: ModelCache?

    /// A model that `engine` runs.
    convenience init(_ engine: Engine, plan: InputPlan, outputs: [TensorDescription]) {
        self.init(engine, plan, outputs, nil)
    }

    private init(
        _ engine: Engine,
        _ plan: InputPlan,
        _ outputs: [TensorDescription],
        _ cache: ModelCache?
    ) {
        self.engine = engine
        self.plan = plan
        self.outputs = outputs
        self.cache = cache
    }

    /// The same model, whose answers `cache` keeps.
    func cached(by cache: ResultCache) -> LoadedModel {
        LoadedModel(engine, plan, outputs, ModelCache(cache))
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

    /// Whether nothing that is known of their outputs keeps the answers of both from being joined, number by number.
    func mayAnswerAs(_ other: LoadedModel) -> Bool {
        guard !outputs.isEmpty, !other.outputs.isEmpty else { return true }
        // Shapes are described by the model's maker, and not always truly.
        return outputs.count == other.outputs.count
            && zip(outputs, other.outputs).allSatisfy { $0.kind == $1.kind && $0.elementType == $1.elementType }
    }

    /// What the model's processes do; nil where it has none.
    package var workers: WorkerStatistics? {
        if case .python(let model) = engine { model.statistics } else { nil }
    }

    /// How requests to it wait and were put together since it was loaded.
    var queue: (runs: UInt64, requests: UInt64, waiting: Int) {
        switch engine {
        case .onnx(let session):
            let counts = session.counts
            return (counts.runs, counts.requests, counts.waiting)
        case .python(let model):
            let statistics = model.statistics
            return (statistics.batches.count, statistics.requests, statistics.waiting)
        }
    }

    /// The rows that it was run with at once; nil for a model of Python, whose processes tell of theirs.
    var batches: BatchSizes? {
        if case .onnx(let session) = engine { session.counts.batches } else { nil }
    }

    /// What was found in the cache of results; nil where its answers are not kept.
    var cacheCounts: ModelCache.Counts? { cache?.counts }

    /// What the model answers, wherever it runs.
    ///
    /// - Throws: ``InferenceError``, `CancellationError`, `INVALID_PARAMETER_VALUE`.
    func answer(_ inputs: ModelInputs, on executor: InferenceExecutor) async throws -> ModelAnswer {
        guard let cache, let key = cache.key(inputs) else { return try await run(inputs, on: executor) }
        if let kept = cache.kept(for: key) { return kept }
        let answer = try await run(inputs, on: executor)
        cache.keep(answer, for: key)
        return answer
    }

    /// The same for many rows that nobody asks again: no answer is kept, and no request of others is run together with
    /// these or counted among them.
    ///
    /// - Throws: as ``answer(_:on:)``.
    func answerApart(_ inputs: ModelInputs, on executor: InferenceExecutor) async throws -> ModelAnswer {
        switch engine {
        case .onnx(let session):
            return ModelAnswer(
                outputs: try await session.run(inputs.tensors, rows: inputs.rows, isApart: true, on: executor)
            )
        case .python(let model):
            try inputs.checkRows()
            return ModelAnswer(try await model.run(inputs.request, isApart: true))
        }
    }

    private func run(_ inputs: ModelInputs, on executor: InferenceExecutor) async throws -> ModelAnswer {
        switch engine {
        case .onnx(let session):
            return ModelAnswer(outputs: try await session.run(inputs.tensors, rows: inputs.rows, on: executor))
        case .python(let model):
            try inputs.checkRows()
            return ModelAnswer(try await model.run(inputs.request))
        }
    }

    /// What the model answers on the calling thread, where that is quick or known; nil where it is not, or a run that
    /// was begun turns out not to be: then it may be asked elsewhere, as if nothing had been done.
    ///
    /// - Throws: ``InferenceError``.
    func answerAtOnce(_ inputs: ModelInputs) throws -> ModelAnswer? {
        guard let cache, let key = cache.key(inputs) else { return try runAtOnce(inputs) }
        if let kept = cache.kept(for: key) { return kept }
        let answer = try runAtOnce(inputs)
        if let answer { cache.keep(answer, for: key) }
        return answer
    }

    private func runAtOnce(_ inputs: ModelInputs) throws -> ModelAnswer? {
        guard case .onnx(let session) = engine else { return nil }
        return try session.runAtOnce(inputs.tensors, rows: inputs.rows).map { ModelAnswer(outputs: $0) }
    }
}

extension LoadedModel.Engine {
    /// The rows of the batch with which a model is warmed up.
    private static let warmUpRows = 32

    /// ONNX Runtime with `session`, which is warmed up, and tried out unless `settings` say whether requests that wait are
    /// put together; as many runs go on at once as it has replicas by them. Takes as long as the model does.
    ///
    /// - Throws: ``InferenceError``.
    init(_ session: InferenceSession, _ settings: WorkerSettings) throws(InferenceError) {
        var nanoseconds: Int64?
        do throws(InferenceError) {
            let warmUp = try session.warmUp(rows: Self.warmUpRows)
            nanoseconds = max(warmUp.singleRowNanoseconds, warmUp.batchNanoseconds / Int64(warmUp.batchRows))
        } catch {
            // Zeros need not be a sound input; then nothing is known of the model's pace.
            guard [.runFailed, .inputInvalid, .answerInvalid].contains(error.code) else { throw error }
        }
        let merges = settings.isBatching ?? session.answersRowByRow()
        self = .onnx(Self.queue(session, merges: merges, rowNanoseconds: nanoseconds, runsMax: settings.replicas))
    }

    /// ONNX Runtime with `session` for one who asks in large batches on `executor`: he has nobody's requests to wait for,
    /// and never asks for a single row.
    init(inBatches session: InferenceSession, on executor: InferenceExecutor) {
        self = .onnx(Self.queue(session, merges: false, rowNanoseconds: nil, runsMax: executor.runsPerModelMax))
    }

    private static func queue(
        _ session: InferenceSession,
        merges: Bool,
        rowNanoseconds: Int64?,
        runsMax: Int
    ) -> BatchingSession {
        var limits = BatchingSession.Limits()
        limits.runsMax = runsMax
        return BatchingSession(session, merges: merges, rowNanoseconds: rowNanoseconds, limits: limits)
    }
}
