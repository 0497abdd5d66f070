import Kernel

extension PredictionCall {
    /// How its variants answer together; nil where one answers alone.
    var ensemble: EnsemblePlan? {
        guard case .joined(let plan) = served.traffic, isDrawn else { return nil }
        return plan
    }

    /// The models that are asked, as far as they are there.
    var askedModels: [LoadedModel] { ensemble == nil ? [model] : served.variants.compactMap(\.model) }

    /// What the variant answers to `inputs`, or all variants of an ensemble together; each is asked by `ask`.
    ///
    /// - Parameters:
    ///   - inputs: inputs as the primary takes them.
    ///   - oneByOne: whether the variants of an ensemble are asked one after the other, rather than side by side.
    ///   - ask: asks a model.
    /// - Returns: the one answer.
    /// - Throws: ``InferenceError``; `TEMPORARILY_UNAVAILABLE` when a variant of the ensemble has no model.
    func answer(
        _ inputs: ModelInputs,
        oneByOne: Bool = false,
        by ask: @escaping @Sendable (LoadedModel, ModelInputs) async throws -> ModelAnswer
    ) async throws -> ModelAnswer {
        guard let ensemble else { return try await ask(model, inputs) }
        let models = try served.variants.map { variant in
            guard let model = variant.model else { throw served.isAway(variant.variant) }
            return model
        }
        var answers: [ModelAnswer] = []
        if oneByOne {
            for model in models { answers.append(try await ask(model, model.plan.renamed(inputs))) }
        } else {
            answers = try await Self.sideBySide(models, inputs, ask)
        }
        return try Ensemble(plan: ensemble).answer(answers)
    }

    /// As many at once as an ensemble has variants.
    private static func sideBySide(
        _ models: [LoadedModel],
        _ inputs: ModelInputs,
        _ ask: @escaping @Sendable (LoadedModel, ModelInputs) async throws -> ModelAnswer
    ) async throws -> [ModelAnswer] {
        try await withThrowingTaskGroup(of: (Int, ModelAnswer).self) { group in
            for (index, model) in models.enumerated() {
                group.addTask { (index, try await ask(model, model.plan.renamed(inputs))) }
            }
            var answers: [(Int, ModelAnswer)] = []
            for try await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
