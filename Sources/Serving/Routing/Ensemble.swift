import Inference
import Kernel

/// Makes one answer of several variants' answers.
struct Ensemble {
    let plan: EnsemblePlan

    /// The answer that whole answers, one a variant in their order, give together, in the form of the first.
    ///
    /// - Throws: `INTERNAL_ERROR` when they do not have the same form, `BAD_REQUEST` when they are texts that only MLflow
    ///   could write.
    func answer(_ answers: [ModelAnswer]) throws -> ModelAnswer {
        guard answers.allSatisfy({ $0.document == nil }) else {
            throw MartletError(
                .badRequest,
                "This body is answered by MLflow itself, whose answers can't be joined: send a data frame or tensors"
            )
        }
        return ModelAnswer(outputs: try outputs(answers.map(\.outputs)), form: answers[0].form)
    }

    /// The outputs that `answers`, one a variant in their order, give together.
    ///
    /// Numbers with a fraction are averaged by the variants' weights. A label (a whole number, a text, a truth value) is
    /// what variants of the most weight say, at a tie what the first of them says; by the method `mean` it is instead
    /// the class of the highest average, where a variant's other output maps classes to numbers.
    /// - Throws: `INTERNAL_ERROR` when the answers do not have the same form.
    func outputs(_ answers: [[NamedTensor]]) throws -> [NamedTensor] {
        guard let first = answers.first else { return [] }
        for other in answers.dropFirst() where !Self.fits(other, first) {
            throw MartletError(.internalError, "The variants of the ensemble answer in different forms")
        }
        let weights = answers.indices.map { plan.weight(of: $0, of: answers.count) }
        var joined = try first.indices.map { index in
            try join(answers.map { $0[index] }, weights)
        }
        if plan.method == .mean, let (labels, best) = bestClasses(joined) { joined[labels] = best }
        return joined
    }

    private static func fits(_ answer: [NamedTensor], _ first: [NamedTensor]) -> Bool {
        answer.count == first.count
            && zip(answer, first).allSatisfy { left, right in
                left.tensor.shape == right.tensor.shape && left.classes == right.classes
                    && left.tensor.elementType == right.tensor.elementType
            }
    }

    private func join(_ outputs: [NamedTensor], _ weights: [Double]) throws -> NamedTensor {
        let first = outputs[0]
        let values: Tensor.Values
        switch first.tensor.values {
        case .float:
            values = .float(Self.average(outputs.map(\.tensor), weights).map { Float($0) })
        case .double:
            values = .double(Self.average(outputs.map(\.tensor), weights))
        case .int8: values = .int8(vote(outputs, weights) { if case .int8(let values) = $0 { values } else { [] } })
        case .int16: values = .int16(vote(outputs, weights) { if case .int16(let values) = $0 { values } else { [] } })
        case .int32: values = .int32(vote(outputs, weights) { if case .int32(let values) = $0 { values } else { [] } })
        case .int64: values = .int64(vote(outputs, weights) { if case .int64(let values) = $0 { values } else { [] } })
        case .uint8: values = .uint8(vote(outputs, weights) { if case .uint8(let values) = $0 { values } else { [] } })
        case .uint16:
            values = .uint16(vote(outputs, weights) { if case .uint16(let values) = $0 { values } else { [] } })
        case .uint32:
            values = .uint32(vote(outputs, weights) { if case .uint32(let values) = $0 { values } else { [] } })
        case .uint64:
            values = .uint64(vote(outputs, weights) { if case .uint64(let values) = $0 { values } else { [] } })
        case .bool: values = .bool(vote(outputs, weights) { if case .bool(let values) = $0 { values } else { [] } })
        case .string:
            values = .string(vote(outputs, weights) { if case .string(let values) = $0 { values } else { [] } })
        }
        return NamedTensor(
            name: first.name,
            tensor: try Tensor(values, shape: first.tensor.shape),
            classes: first.classes
        )
    }

    private static func average(_ tensors: [Tensor], _ weights: [Double]) -> [Double] {
        var sums = [Double](repeating: 0, count: tensors[0].count)
        for (tensor, weight) in zip(tensors, weights) {
            for (index, number) in (tensor.numbers ?? []).enumerated() { sums[index] += weight * number }
        }
        return sums
    }

    private func vote<Label: Hashable>(
        _ outputs: [NamedTensor],
        _ weights: [Double],
        _ labels: (Tensor.Values) -> [Label]
    ) -> [Label] {
        let ballots = outputs.map { labels($0.tensor.values) }
        return ballots[0].indices.map { index in
            var votes: [Label: Double] = [:]
            for (ballot, weight) in zip(ballots, weights) { votes[ballot[index], default: 0] += weight }
            let most = votes.values.max() ?? 0
            // Sums of weights that are the same may differ in their last digit.
            return ballots.first { (votes[$0[index]] ?? 0) >= most - 1e-9 }?[index] ?? ballots[0][index]
        }
    }

    /// The output of labels, and for each row the class whose average is the highest.
    private func bestClasses(_ outputs: [NamedTensor]) -> (index: Int, labels: NamedTensor)? {
        guard let map = outputs.first(where: { $0.classes != nil }), let classes = map.classes,
            let labels = outputs.firstIndex(where: { $0.tensor.elementType == classes.elementType && $0.classes == nil }
            ),
            let numbers = map.tensor.numbers, classes.count > 0,
            outputs[labels].tensor.count * classes.count == numbers.count
        else { return nil }
        let best = (0..<outputs[labels].tensor.count).map { row in
            let first = row * classes.count
            return (0..<classes.count).max { numbers[first + $0] < numbers[first + $1] } ?? 0
        }
        let values: Tensor.Values
        switch classes.values {
        case .int64(let names): values = .int64(best.map { names[$0] })
        case .string(let names): values = .string(best.map { names[$0] })
        default: return nil
        }
        guard let tensor = try? Tensor(values, shape: outputs[labels].tensor.shape) else { return nil }
        return (labels, NamedTensor(name: outputs[labels].name, tensor: tensor))
    }
}
