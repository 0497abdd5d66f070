package import Inference
import Kernel

/// A request for predictions, read and checked, and the endpoint that is to answer it.
package struct PredictionCall: Sendable {
    /// The endpoint, for this request the same from now to the end.
    let served: ServedEndpoint
    let model: LoadedModel
    let inputs: ModelInputs
    let at: Timestamp
    let start: ContinuousClock.Instant
}

/// What an endpoint answered.
package struct Prediction: Sendable {
    let served: ServedEndpoint
    /// What the model answered, all rows together.
    package let outputs: [NamedTensor]
    /// How `/invocations` shows them.
    let form: WorkerAnswer.Form
    /// MLflow's own text, where there is one in place of outputs.
    let document: AnswerDocument?
    /// The rows.
    package let rows: Int
    /// For each row the name under which it is logged.
    package let ids: [RequestID]
    /// From the whole body being there to the model's answer, in milliseconds to the microsecond.
    package let latencyMs: Double

    /// The endpoint, as it was when the request came.
    package var endpoint: Endpoint { served.endpoint }
}

extension ServingService {
    /// The call that `/predict`, or for several rows `/predict/batch`, asks for with `body`.
    ///
    /// - Parameters:
    ///   - body: the whole body; not needed any more afterwards.
    ///   - model: the model or endpoint named in the path, nil where the body names it.
    ///   - many: whether there are several rows.
    /// - Returns: the call, to be run.
    /// - Throws: `BAD_REQUEST`, `INVALID_PARAMETER_VALUE`, `ENDPOINT_NOT_FOUND`, `TEMPORARILY_UNAVAILABLE` while the
    ///   endpoint's model is not loaded.
    package func predictCall(
        _ body: UnsafeRawBufferPointer,
        model: String? = nil,
        many: Bool = false
    ) throws -> PredictionCall {
        let start = ContinuousClock.now
        let read = try PredictBody(body)
        guard let name = model ?? read.modelName else {
            throw MartletError(.invalidParameterValue, "The body must have the member \"model_name\"")
        }
        let served = try routes.route(model: name, version: read.modelVersion)
        return try call(served, start) { plan in
            try plan.checkReadable()
            return try read.inputs(plan, rows: many ? .many : .one)
        }
    }

    /// The call that `/invocations` asks for with `body`.
    ///
    /// - Parameters:
    ///   - body: the whole body; not needed any more afterwards.
    ///   - isCSV: whether the body is CSV, not JSON.
    ///   - endpoint: the endpoint named by the request; without one it is the only one or the default.
    /// - Returns: the call, to be run.
    /// - Throws: as ``predictCall(_:model:many:)``; `INVALID_PARAMETER_VALUE` with the list of endpoints when it is
    ///   not clear which one is meant.
    package func invocationCall(
        _ body: UnsafeRawBufferPointer,
        isCSV: Bool = false,
        endpoint: String? = nil
    ) throws -> PredictionCall {
        let start = ContinuousClock.now
        let served = try invoked(endpoint)
        return try call(served, start) { plan in
            if case .nothing = plan.handsOver {
                return isCSV ? try CSVBody.inputs(body, plan) : try InvocationBody.inputs(body, plan)
            }
            return HandedOverBody.inputs(body, isCSV: isCSV, plan)
        }
    }

    /// The call that an inference request of the Open Inference Protocol asks for, and how it wants its answer.
    ///
    /// - Parameters:
    ///   - body: the whole body; not needed any more afterwards.
    ///   - jsonBytes: the length of the JSON at the start of `body`, where raw tensors follow it; nil for none.
    ///   - name: the endpoint in the path.
    ///   - version: the version in the path, nil for any.
    /// - Returns: the call, to be run, and how its answer is to be written.
    /// - Throws: as ``predictCall(_:model:many:)``.
    package func inferenceCall(
        _ body: UnsafeRawBufferPointer,
        jsonBytes: Int?,
        endpoint name: String,
        version: String?
    ) throws -> (call: PredictionCall, answer: InferenceAnswer) {
        let start = ContinuousClock.now
        let served = try routes.route(model: name, version: version)
        var answer = InferenceAnswer()
        let call = try call(served, start) { plan in
            try plan.checkReadable()
            let read = try InferenceBody(body, jsonBytes: jsonBytes, plan, outputs: served.endpoint.outputs)
            answer = read.answer
            return read.inputs
        }
        return (call, answer)
    }

    /// Runs the model and logs what it answered.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the model does not take the inputs, `BAD_REQUEST` when it fails on
    ///   them, `TEMPORARILY_UNAVAILABLE` when too many wait, `CancellationError`; of a model of Python
    ///   `REQUEST_LIMIT_EXCEEDED` when too many wait, `DEADLINE_EXCEEDED` when it takes too long, `INTERNAL_ERROR` when
    ///   its process ends or its answer can't be passed on.
    package func run(_ call: PredictionCall) async throws -> Prediction {
        if let prediction = try runAtOnce(call) { return prediction }
        do {
            return answered(call, try await call.model.answer(call.inputs, on: executor))
        } catch {
            throw failed(call, error)
        }
    }

    /// Runs the model on the calling thread if that is quick, and logs what it answered; nil when it is not, and
    /// nothing has been done.
    ///
    /// - Throws: as ``run(_:)``, without waiting.
    package func runAtOnce(_ call: PredictionCall) throws -> Prediction? {
        do {
            return try call.model.answerAtOnce(call.inputs).map { answered(call, $0) }
        } catch {
            throw failed(call, error)
        }
    }

    private func failed(_ call: PredictionCall, _ error: any Error) -> any Error {
        let error = (error as? InferenceError).map { MartletError(running: $0) } ?? error
        noteFailure(error, call.served, call.inputs, at: call.at, call.start)
        return error
    }

    private func answered(_ call: PredictionCall, _ answer: ModelAnswer) -> Prediction {
        let nanoseconds = Self.nanoseconds(since: call.start)
        let rows = answer.document?.rows ?? call.inputs.rows
        call.served.statistics.recordAnswer(rows: rows, nanoseconds: nanoseconds)
        let prediction = Prediction(
            served: call.served,
            outputs: answer.outputs,
            form: answer.form,
            document: answer.document,
            rows: rows,
            ids: (0..<rows).map { _ in ids.next(at: call.at) },
            latencyMs: Double(nanoseconds / 1_000) / 1_000
        )
        log.append(
            PredictionEntry(
                ids: prediction.ids[...],
                at: call.at,
                served: call.served,
                plan: call.model.plan,
                inputs: call.inputs,
                outcome: answer.document.map { .written($0) } ?? .answered(answer.outputs),
                latencyMs: prediction.latencyMs
            )
        )
        return prediction
    }

    private func invoked(_ name: String?) throws -> ServedEndpoint {
        let routes = routes
        if let name {
            guard let served = routes[name] else { throw Self.notFound(name) }
            return served
        }
        let all = routes.all
        if all.count == 1 { return all[0] }
        if let name = defaultEndpoint, let served = routes[name] { return served }
        let names = all.prefix(100).map { "\"\($0.endpoint.name)\"" }.joined(separator: ", ")
        throw MartletError(
            .invalidParameterValue,
            all.isEmpty
                ? "There is no endpoint. Deploy a model first: POST /api/v1/mlflow/serving/deploy"
                : "Which endpoint is meant? Name one in the header X-Martlet-Endpoint: \(names)"
        )
    }

    private func call(
        _ served: ServedEndpoint,
        _ start: ContinuousClock.Instant,
        _ read: (InputPlan) throws -> ModelInputs
    ) throws -> PredictionCall {
        let at = clock.now()
        guard let model = served.model else { throw served.isAway }
        do {
            let inputs = try read(model.plan)
            return PredictionCall(served: served, model: model, inputs: inputs, at: at, start: start)
        } catch {
            let error = (error as? InferenceError).map { MartletError(running: $0) } ?? error
            noteFailure(error, served, nil, at: at, start)
            throw error
        }
    }

    private func noteFailure(
        _ error: any Error,
        _ served: ServedEndpoint,
        _ inputs: ModelInputs?,
        at time: Timestamp,
        _ start: ContinuousClock.Instant
    ) {
        served.statistics.recordError()
        guard let model = served.model else { return }
        let known = error as? MartletError
        let isCancelled = error is CancellationError
        log.append(
            PredictionEntry(
                ids: [ids.next(at: time)],
                at: time,
                served: served,
                plan: model.plan,
                inputs: inputs,
                outcome: .failed(
                    status: isCancelled ? 499 : known?.code.httpStatus ?? 500,
                    message: isCancelled ? "The caller went away" : known?.message ?? "Something went wrong"
                ),
                latencyMs: Double(Self.nanoseconds(since: start) / 1_000) / 1_000
            )
        )
    }

    private static func nanoseconds(since start: ContinuousClock.Instant) -> UInt64 {
        let (seconds, attoseconds) = start.duration(to: .now).components
        return UInt64(max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
    }
}

extension ServedEndpoint {
    /// Why the endpoint does not answer.
    fileprivate var isAway: MartletError {
        switch endpoint.state {
        case .failed(let message):
            MartletError(
                .temporarilyUnavailable,
                "Endpoint \"\(endpoint.name)\" has failed: \(message.hasSuffix(".") ? String(message.dropLast()) : message). Deploy a version to it again."
            )
        default:
            MartletError(.temporarilyUnavailable, "Endpoint \"\(endpoint.name)\" is being loaded; try again.")
        }
    }
}
