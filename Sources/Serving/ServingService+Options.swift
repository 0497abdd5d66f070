import Inference
import Kernel

extension ServingService {
    /// Runs the model, logs what it answered, and tells what else the request wants.
    ///
    /// What is known beforehand to be impossible is refused before the model is asked. An explanation that fails later
    /// fails the request, of which the prediction is logged.
    func run(_ call: PredictionCall, _ options: PredictOptions) async throws -> Prediction {
        let background = try await refusing(call) {
            try await Deadline.keep(call.deadline, late: Self.samplesLate) {
                try await self.background(for: call, options)
            }
        }
        var prediction = try await runAlone(call)
        if options.wantsConfidence { prediction.confidences = try await confidences(of: call, prediction, options) }
        if let background {
            prediction.explanations = try await explanations(of: call, prediction, background, options)
        }
        return prediction
    }

    private static let samplesLate = "The version's samples could not be read in the time that the request has."

    private func background(for call: PredictionCall, _ options: PredictOptions) async throws -> Background? {
        guard options.wantsExplanation else { return nil }
        guard call.inputs.rows <= explainerLimits.rowsMax else {
            throw MartletError(
                .invalidParameterValue,
                "At most \(explainerLimits.rowsMax) rows are explained at once, found \(call.inputs.rows)"
            )
        }
        return try await samples.background(of: call.variant.variant, call.model.plan)
    }

    private func confidences(
        of call: PredictionCall,
        _ prediction: Prediction,
        _ options: PredictOptions
    ) async throws -> [Confidence] {
        let rows = prediction.rows
        if let confidences = Confidence.byClass(prediction.outputs, rows: rows) { return confidences }
        // Not known before: what a model declares of its outputs is not always true.
        guard call.ensemble == nil else {
            throw MartletError(
                .invalidParameterValue,
                "The confidence of an ensemble can be told of class probabilities alone: a calibration says how far off the"
                    + " answers of one version are"
            )
        }
        let calibration = try await Deadline.keep(call.deadline, late: Self.samplesLate) {
            try await self.samples.calibration(of: prediction.variant)
        }
        return try Confidence.byInterval(prediction.outputs, rows: rows, calibration, coverage: options.coverage)
    }

    /// One request at a time is explained, and one model at a time asked, so that others find a thread.
    private func explanations(
        of call: PredictionCall,
        _ prediction: Prediction,
        _ background: Background,
        _ options: PredictOptions
    ) async throws -> [Explanation] {
        // The wait for the turn counts.
        let latest = ContinuousClock.now + explainerLimits.timeout
        let deadline = call.deadline.map { min($0, latest) } ?? latest
        guard explaining.enter() else {
            throw MartletError(.requestLimitExceeded, "Too many requests wait to be explained; try again later")
        }
        defer { explaining.leave() }
        let explainer = Explainer(
            background: background,
            limits: explainerLimits,
            seed: options.seed,
            deadline: deadline,
            isCautious: call.askedModels.contains { $0.workers != nil }
        ) { inputs in
            try await call.answer(inputs, oneByOne: true) { try await $0.answerApart($1, on: self.executor) }.outputs
        }
        do {
            return try await Deadline.keep(deadline, late: explainer.late) {
                try await self.explaining.turn.take {
                    try await explainer.explanations(call.inputs, prediction.outputs)
                }
            }
        } catch let error as InferenceError {
            throw MartletError(running: error)
        }
    }
}
