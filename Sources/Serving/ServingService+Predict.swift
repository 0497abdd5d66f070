package import Inference
import Kernel

/// A request for predictions, read and checked, and the endpoint that is to answer it.
package struct PredictionCall: Sendable {
    /// The endpoint, for this request the same from now to the end.
    let served: ServedEndpoint
    /// The variant that answers it; of an ensemble the primary.
    let variant: ServedVariant
    /// Whether chance or a key chose the variant, rather than the request itself.
    let isDrawn: Bool
    let model: LoadedModel
    let inputs: ModelInputs
    let at: Timestamp
    let start: ContinuousClock.Instant
    /// When the answer is of no use any more; nil for never.
    var deadline: ContinuousClock.Instant?
    /// What is wanted beside the prediction; nil for nothing.
    var options: PredictOptions?
}

/// What an endpoint answered.
package struct Prediction: Sendable {
    let served: ServedEndpoint
    /// The variant that answered; of an ensemble the primary.
    package let variant: Variant
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
    /// How sure the model is of each row; nil unless it was asked.
    var confidences: [Confidence]?
    /// What each input has done to each row; nil unless it was asked.
    var explanations: [Explanation]?

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
    ///   - version: the number of the version, nil where the body names it, if anything does.
    ///   - header: answers the value of the request's header by its name in lower case, for policies that ask.
    /// - Returns: the call, to be run.
    /// - Throws: `BAD_REQUEST`, `INVALID_PARAMETER_VALUE`, `ENDPOINT_NOT_FOUND`, `TEMPORARILY_UNAVAILABLE` while the
    ///   endpoint's model is not loaded; ``SemanticVersionAsked`` when the body names a semantic version.
    package func predictCall(
        _ body: UnsafeRawBufferPointer,
        model: String? = nil,
        many: Bool = false,
        version: String? = nil,
        header: (String) -> String? = { _ in nil }
    ) throws -> PredictionCall {
        let start = ContinuousClock.now
        let read = try PredictBody(body)
        guard let name = model ?? read.modelName else {
            throw MartletError(.invalidParameterValue, "The body must have the member \"model_name\"")
        }
        let version = version ?? read.modelVersion
        try checkIsNumber(version, of: name)
        let route = try routes.route(model: name, version: version)
        let key = { key in RequestKey.text(key, body, header: header) }
        var call = try self.call(route, key, header, start) { model, _ in
            try model.plan.checkReadable()
            return try read.inputs(model.plan, rows: many ? .many : .one)
        }
        call.options = read.options
        return call
    }

    /// The call that `/invocations` asks for with `body`.
    ///
    /// - Parameters:
    ///   - body: the whole body; not needed any more afterwards.
    ///   - isCSV: whether the body is CSV, not JSON.
    ///   - endpoint: the endpoint named by the request; without one it is the only one or the default.
    ///   - header: as for ``predictCall(_:model:many:header:)``.
    /// - Returns: the call, to be run.
    /// - Throws: as ``predictCall(_:model:many:header:)``; `INVALID_PARAMETER_VALUE` with the list of endpoints when it is
    ///   not clear which one is meant.
    package func invocationCall(
        _ body: UnsafeRawBufferPointer,
        isCSV: Bool = false,
        endpoint: String? = nil,
        header: (String) -> String? = { _ in nil }
    ) throws -> PredictionCall {
        let start = ContinuousClock.now
        let served = try invoked(endpoint)
        let key = { key in RequestKey.text(key, body, header: header) }
        return try call(Route(served: served, named: nil), key, header, start) { model, variant in
            let plan = model.plan
            // A contract is kept by values that are read here, by the signature.
            let isHandedOver = variant.contract?.needsValues != true
            if isHandedOver, plan.handsOver != .nothing { return HandedOverBody.inputs(body, isCSV: isCSV, plan) }
            return isCSV ? try CSVBody.inputs(body, plan) : try InvocationBody.inputs(body, plan)
        }
    }

    /// Runs the model and logs what it answered.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the model does not take the inputs, `BAD_REQUEST` when it fails on
    ///   them, `REQUEST_LIMIT_EXCEEDED` when too many wait, `DEADLINE_EXCEEDED` when it or the wait for it takes too
    ///   long, `INTERNAL_ERROR` when its process ends, it needs more memory or answers more than it may, or its answer
    ///   can't be passed on; `CancellationError`.
    package func run(_ call: PredictionCall) async throws -> Prediction {
        if let prediction = try runAtOnce(call) { return prediction }
        guard let options = call.options else { return try await runAlone(call) }
        return try await run(call, options)
    }

    /// The same, without what is wanted beside the prediction.
    func runAlone(_ call: PredictionCall) async throws -> Prediction {
        try await refusing(call) {
            let answer = try await Deadline.keep(call.deadline) {
                try await call.answer(call.inputs) { try await $0.answer($1, on: self.executor) }
            }
            return answered(call, try call.guarded(answer))
        }
    }

    /// What `body` returns; what it throws is counted and logged as the end of `call`.
    func refusing<Value>(_ call: PredictionCall, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            throw failed(call, error)
        }
    }

    /// Runs the model on the calling thread if that is quick, and logs what it answered; nil when it is not, or turns
    /// out not to be: then nothing has been counted or logged, and ``run(_:)`` asks again.
    ///
    /// - Throws: as ``run(_:)``, without waiting.
    package func runAtOnce(_ call: PredictionCall) throws -> Prediction? {
        guard call.ensemble == nil, call.options == nil else { return nil }
        do {
            return try call.model.answerAtOnce(call.inputs).map { answered(call, try call.guarded($0)) }
        } catch {
            throw failed(call, error)
        }
    }

    private func failed(_ call: PredictionCall, _ error: any Error) -> any Error {
        let error = (error as? InferenceError).map { MartletError(running: $0) } ?? error
        let choice = Choice(variant: call.variant, isDrawn: call.isDrawn)
        noteFailure(error, call.served, choice, call.inputs, at: call.at, call.start)
        return error
    }

    private func answered(_ call: PredictionCall, _ answer: ModelAnswer) -> Prediction {
        let nanoseconds = call.start.nanosecondsUntilNow
        let rows = answer.document?.rows ?? call.inputs.rows
        let served = call.served
        served.statistics.recordAnswer(at: call.variant.place, rows: rows, nanoseconds: nanoseconds, of: call.at)
        let prediction = Prediction(
            served: served,
            variant: call.variant.variant,
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
                served: served,
                variant: call.variant,
                plan: call.model.plan,
                inputs: call.inputs,
                outcome: answer.document.map { .written($0) } ?? .answered(answer.outputs),
                latencyMs: prediction.latencyMs,
                isDrawn: call.isDrawn
            )
        )
        if let rollout = served.rollout { note(answer, prediction.ids, call, rollout, nanoseconds) }
        return prediction
    }

    /// Counts an answer where variants are compared, and hands a copy to a shadow.
    private func note(
        _ answer: ModelAnswer,
        _ ids: [RequestID],
        _ call: PredictionCall,
        _ rollout: Rollout,
        _ nanoseconds: UInt64
    ) {
        guard call.isDrawn else { return }
        if case .copied(let share) = call.served.traffic {
            let shadow = call.served.variants[1]
            guard let model = shadow.model, share >= 1 || self.ids.chance() < share else { return }
            shadows.offer(
                ShadowCopy(
                    served: call.served,
                    shadow: shadow,
                    model: model,
                    inputs: model.plan.renamed(call.inputs),
                    answer: answer,
                    ids: ids,
                    at: call.at
                )
            )
        } else {
            rollout.recordAnswer(
                policyVersion: call.served.endpoint.policyVersion,
                isCurrent: call.variant !== call.served.primary,
                // What was kept says how quick the cache is, and the newer variant has less in it.
                nanoseconds: answer.isKept ? nil : nanoseconds
            )
        }
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

    /// The call of a request that goes to `route`, whose inputs `read` makes of what a model takes.
    ///
    /// - Throws: `TEMPORARILY_UNAVAILABLE` while the variant's model is not loaded; what `read` throws, which is logged.
    func call(
        _ route: Route,
        _ key: (RoutingKey) -> String?,
        _ header: (String) -> String?,
        _ start: ContinuousClock.Instant,
        _ read: (LoadedModel, ServedVariant) throws -> ModelInputs
    ) throws -> PredictionCall {
        let at = clock.now()
        let deadline = try deadline(header(Self.timeoutHeader), start)
        let served = route.served
        let choice =
            route.named.map { Choice(variant: $0, isDrawn: false) }
            ?? served.choice(at: at) { split in position(by: key, split, served) }
        guard let model = choice.variant.model else { throw served.isAway(choice.variant.variant) }
        var inputs: ModelInputs?
        do {
            let given = try read(model, choice.variant)
            inputs = given
            try served.check(given, for: choice.variant)
            return PredictionCall(
                served: served,
                variant: choice.variant,
                isDrawn: choice.isDrawn,
                model: model,
                inputs: given,
                at: at,
                start: start,
                deadline: deadline
            )
        } catch {
            let error = (error as? InferenceError).map { MartletError(running: $0) } ?? error
            noteFailure(error, served, choice, inputs, at: at, start)
            throw error
        }
    }

    /// Where a request falls between 0 and 1: by its key where it has one, else by chance.
    private func position(
        by keyed: (RoutingKey) -> String?,
        _ split: Traffic.Split,
        _ served: ServedEndpoint
    ) -> Double {
        guard let key = split.key, let text = keyed(key) else { return ids.chance() }
        return KeyHash.position(endpoint: served.endpoint.name, experiment: split.experiment, key: text)
    }

    private func noteFailure(
        _ error: any Error,
        _ served: ServedEndpoint,
        _ choice: Choice,
        _ inputs: ModelInputs?,
        at time: Timestamp,
        _ start: ContinuousClock.Instant
    ) {
        served.statistics.recordError(at: choice.variant.place)
        guard let model = choice.variant.model else { return }
        let known = error as? MartletError
        let isCancelled = error is CancellationError
        if let rollout = served.rollout, choice.isDrawn, !isCancelled {
            rollout.recordError(
                policyVersion: served.endpoint.policyVersion,
                isCurrent: choice.variant !== served.primary
            )
        }
        log.append(
            PredictionEntry(
                ids: [ids.next(at: time)],
                at: time,
                served: served,
                variant: choice.variant,
                plan: model.plan,
                inputs: inputs,
                outcome: .failed(
                    status: isCancelled ? 499 : known?.code.httpStatus ?? 500,
                    message: isCancelled ? "The caller went away" : known?.message ?? "Something went wrong"
                ),
                latencyMs: Double(start.nanosecondsUntilNow / 1_000) / 1_000,
                isDrawn: choice.isDrawn
            )
        )
    }
}

extension PredictionCall {
    /// `answer` as the contract lets it out.
    ///
    /// - Throws: `INVALID_STATE`.
    fileprivate func guarded(_ answer: ModelAnswer) throws -> ModelAnswer {
        try served.guarded(answer, of: variant, rows: inputs.rows)
    }
}

extension ServedEndpoint {
    /// Why `variant` does not answer.
    func isAway(_ variant: Variant) -> MartletError {
        switch variant.state {
        case .failed(let message):
            MartletError(
                .temporarilyUnavailable,
                "Endpoint \"\(endpoint.name)\" has failed: \(message.hasSuffix(".") ? String(message.dropLast()) : message). Deploy a version to it again."
            )
        case .unloaded:
            MartletError(
                .temporarilyUnavailable,
                "Endpoint \"\(endpoint.name)\" has been unloaded. Load it again, or deploy a version to it."
            )
        default:
            MartletError(.temporarilyUnavailable, "Endpoint \"\(endpoint.name)\" is being loaded; try again.")
        }
    }
}
