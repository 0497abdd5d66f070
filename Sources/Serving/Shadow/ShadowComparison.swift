import Inference
import Kernel
package import Statistics

/// How the answers of a shadow compare with those that callers got.
package struct ShadowComparison: Sendable, Hashable {
    /// Below this part of the larger number two numbers are the same.
    private static let tolerance = 1e-6

    /// Rows that both have answered in the same form.
    package var rows = 0
    /// Those of them whose first output is the same.
    package var agreements = 0
    /// Requests whose answers have different forms.
    package var misfits = 0
    /// Requests that the shadow answered with an error.
    package var errors = 0
    /// Copies that were not made, because too many waited.
    package var dropped = 0
    /// The shadow's numbers less the caller's, of the first output with fractions, else of the first with numbers.
    package var difference = RunningMoments()
    /// The same without their signs.
    package var distance = RunningMoments()
    /// The largest of them.
    package var distanceMax = 0.0

    /// The share of the rows whose first output is the same; nil before the first.
    package var agreement: Double? { rows > 0 ? Double(agreements) / Double(rows) : nil }

    /// Takes the answers to one request of `rows`: the one that the caller got, and the shadow's.
    mutating func add(_ answer: ModelAnswer, _ shadow: ModelAnswer, rows: Int) {
        switch (answer.document, shadow.document) {
        case (nil, nil): add(answer.outputs, shadow.outputs, rows: rows)
        case (let document?, let other?): add(document.predictions, other.predictions)
        default: misfits += 1
        }
    }

    /// Takes the predictions of one request as MLflow has written them, row by row.
    private mutating func add(_ predictions: [JSON], _ others: [JSON]) {
        guard predictions.count == others.count else {
            misfits += 1
            return
        }
        for (prediction, other) in zip(predictions, others) {
            rows += 1
            guard let number = prediction.doubleValue, let otherNumber = other.doubleValue else {
                if prediction == other { agreements += 1 }
                continue
            }
            if Self.isSame(number, otherNumber) { agreements += 1 }
            add(number, otherNumber)
        }
    }

    /// Takes two numbers for the same.
    private mutating func add(_ number: Double, _ other: Double) {
        guard number.isFinite, other.isFinite else { return }
        difference.add(other - number)
        distance.add(abs(other - number))
        distanceMax = max(distanceMax, abs(other - number))
    }

    /// Takes the outputs for one request of `rows`: those that the caller got, and the shadow's.
    mutating func add(_ answer: [NamedTensor], _ shadow: [NamedTensor], rows: Int) {
        guard let first = answer.first, let other = shadow.first, answer.count == shadow.count,
            first.tensor.shape == other.tensor.shape
        else {
            misfits += 1
            return
        }
        self.rows += rows
        agreements += Self.agreements(first.tensor, other.tensor, rows: rows)
        let isFraction = answer.firstIndex { $0.tensor.elementType == .float || $0.tensor.elementType == .double } ?? 0
        guard let numbers = answer[isFraction].tensor.numbers, let others = shadow[isFraction].tensor.numbers,
            numbers.count == others.count
        else { return }
        for (number, other) in zip(numbers, others) { add(number, other) }
    }

    private static func agreements(_ tensor: Tensor, _ other: Tensor, rows: Int) -> Int {
        let isByRow = tensor.shape.first == rows
        let count = isByRow ? rows : 1
        let width = count > 0 ? tensor.count / count : 0
        var agreements = 0
        for row in 0..<count {
            let places = row * width..<(row + 1) * width
            if places.allSatisfy({ tensor.isSame($0, as: other) }) { agreements += 1 }
        }
        return isByRow ? agreements : agreements * rows
    }

    /// Whether two numbers are the same but for rounding.
    fileprivate static func isSame(_ number: Double, _ other: Double) -> Bool {
        number == other || number.isNaN && other.isNaN
            || abs(number - other) <= tolerance * max(1, abs(number), abs(other))
    }
}

extension Tensor {
    /// Whether the element at `index` is that of `other`, numbers but for rounding.
    fileprivate func isSame(_ index: Int, as other: Tensor) -> Bool {
        guard index < other.count else { return false }
        switch (values, other.values) {
        case (.string(let values), .string(let others)): return values[index] == others[index]
        case (.string, _), (_, .string): return false
        case (.float(let values), .float(let others)):
            return ShadowComparison.isSame(Double(values[index]), Double(others[index]))
        case (.double(let values), .double(let others)): return ShadowComparison.isSame(values[index], others[index])
        default:
            guard let number = number(at: index), let otherNumber = other.number(at: index) else { return false }
            return ShadowComparison.isSame(number, otherNumber)
        }
    }
}
