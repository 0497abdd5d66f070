import Inference
import Kernel

/// Explains rows of one request.
struct Explainer: Sendable {
    /// The bounds of what an explanation may take.
    struct Limits: Sendable {
        /// The most rows of a request that are explained.
        var rowsMax = 20
        /// The most orders of the inputs, each gone through forth and back.
        var pairsMax = 20
        /// About the most rows that the model is asked for one explanation.
        var evaluationsMax = 1 << 17
        /// About the most numbers in these rows.
        var numbersMax = Background.numbersMax
        /// About the most rows that the model is given at once, however quick it is: others wait no longer than these
        /// take, and no deadline is overrun by more.
        var rowsAtOnceMax = 1 << 13
        /// The most numbers that the model is given at once.
        var numbersAtOnceMax = 1 << 21
        /// The most time for all rows of a request, the wait for its turn included.
        var timeout = Duration.seconds(10)
    }

    /// What is explained of a row.
    struct Target: Sendable {
        let output: Int
        /// Which of the row's numbers, of how many.
        let place: Int
        let width: Int
        let className: String?
    }

    let background: Background
    let limits: Limits
    let seed: UInt64
    /// When the explanation is of no use any more.
    let deadline: ContinuousClock.Instant
    /// Whether the model is one that may be asked too much at once.
    var isCautious = false
    /// Asks the model.
    let ask: @Sendable (ModelInputs) async throws -> [NamedTensor]

    /// What is told when the deadline is over.
    var late: String {
        "The explanation was not there within \(limits.timeout.components.seconds) s, or the time that the request has;"
            + " ask for fewer rows"
    }

    /// The explanations of all rows of `given`, which the model answered with `outputs`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the answers are of a form that is not explained; `DEADLINE_EXCEEDED`;
    ///   `BAD_REQUEST` when the model answers no number for mixed rows; what asking throws.
    func explanations(_ given: ModelInputs, _ outputs: [NamedTensor]) async throws -> [Explanation] {
        let targets = try Self.targets(outputs, rows: given.rows)
        let rowsAtOnceMax = min(limits.rowsAtOnceMax, limits.numbersAtOnceMax / background.names.count)
        var pace = AskPace(
            bounds: background.rowCount...max(background.rowCount, rowsAtOnceMax),
            isCautious: isCautious
        )
        var explanations: [Explanation] = []
        for (row, target) in targets.enumerated() {
            explanations.append(try await explanation(of: row, given, target, outputs[target.output].name, &pace))
        }
        return explanations
    }

    /// The probability of the predicted class, or the one number of each row.
    private static func targets(_ outputs: [NamedTensor], rows: Int) throws -> [Target] {
        if let classes = ClassProbabilities(outputs, rows: rows) {
            return (0..<rows).map { row in
                let place = classes.predicted(row)
                return Target(
                    output: classes.output,
                    place: place,
                    width: classes.count,
                    className: classes.name(place)
                )
            }
        }
        guard outputs.count == 1, let numbers = outputs[0].tensor.numbers, numbers.count == rows else {
            throw MartletError(
                .invalidParameterValue,
                "Class probabilities can be explained, or one number a row; this model answers neither"
            )
        }
        return (0..<rows).map { _ in Target(output: 0, place: 0, width: 1, className: nil) }
    }

    private func explanation(
        of row: Int,
        _ given: ModelInputs,
        _ target: Target,
        _ output: String,
        _ pace: inout AskPace
    ) async throws -> Explanation {
        let count = background.names.count
        let isExact = count <= Shapley.exactInputsMax
        let orders = isExact ? [] : Shapley.orders(pairs(count), of: count, seed: seed)
        let coalitions = isExact ? Shapley.allCoalitions(count) : Shapley.coalitions(along: orders)
        let worths = try await worths(coalitions, given, row, target, &pace)
        let explanation = Explanation(
            method: isExact ? .exact : .permutation(pairs: orders.count, seed: seed),
            output: output,
            className: target.className,
            base: worths[0],
            prediction: isExact ? worths[worths.count - 1] : worths[1],
            names: background.names,
            values: isExact ? Shapley.exact(worths, count) : Shapley.values(worths, along: orders),
            backgroundRows: background.rowCount,
            evaluations: coalitions.count * background.rowCount
        )
        guard explanation.isWhole else {
            throw MartletError(
                .badRequest,
                "The row can't be explained: the model answers no finite number when inputs of it and of the reference mix"
            )
        }
        return explanation
    }

    /// As many pairs of orders as the bounds allow, at least one.
    private func pairs(_ count: Int) -> Int {
        let rows = 2 * (count - 1) * background.rowCount
        let numbers = rows * count
        return max(1, min(limits.pairsMax, limits.evaluationsMax / rows, limits.numbersMax / numbers))
    }

    /// What the model answers for each coalition, on average over the background.
    private func worths(
        _ coalitions: [[Bool]],
        _ given: ModelInputs,
        _ row: Int,
        _ target: Target,
        _ pace: inout AskPace
    ) async throws -> [Double] {
        var worths: [Double] = []
        worths.reserveCapacity(coalitions.count)
        while worths.count < coalitions.count {
            try Task.checkCancellation()
            guard ContinuousClock.now < deadline else { throw MartletError(.deadlineExceeded, late) }
            let end = min(worths.count + max(1, pace.rows / background.rowCount), coalitions.count)
            let asked = coalitions[worths.count..<end]
            let mixed = try background.rows(asked, of: given, row)
            let start = ContinuousClock.now
            let answered = try await ask(mixed)
            pace.note(took: .now - start)
            let rows = asked.count * background.rowCount
            guard target.output < answered.count, let numbers = answered[target.output].tensor.numbers,
                numbers.count == rows * target.width
            else {
                throw MartletError(
                    .badRequest,
                    "The row can't be explained: the model answers many rows in another form"
                )
            }
            for first in stride(from: 0, to: rows, by: background.rowCount) {
                var sum = 0.0
                for line in first..<first + background.rowCount { sum += numbers[line * target.width + target.place] }
                worths.append(sum / Double(background.rowCount))
            }
        }
        return worths
    }
}
