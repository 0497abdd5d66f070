import Inference

/// A rule of a contract for one output.
struct OutputCheck: Sendable {
    /// What becomes of an answer.
    enum Verdict: Sendable {
        case kept
        /// Another tensor in its place.
        case clipped(Tensor)
        /// What is wrong with it, in words.
        case refused(String)
    }

    let rule: Contract.OutputRule

    /// The check of `rule` for a model with `outputs`.
    init(_ rule: Contract.OutputRule, _ outputs: [TensorDescription]) throws(InputCheck.Misfit) {
        self.rule = rule
        guard let output = outputs.first(where: { $0.name == rule.name }) else {
            let names = outputs.prefix(20).map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw InputCheck.Misfit(reason: "the model has none of this name; it has \(names)")
        }
        guard output.elementType != .string else { throw InputCheck.Misfit(reason: "it is text") }
    }

    /// What becomes of `tensor`, an answer to `rows` rows.
    func verdict(on tensor: Tensor, rows: Int) -> Verdict {
        switch tensor.values {
        case .float(let values): verdict(on: values, tensor.shape, rows) { .float($0) }
        case .double(let values): verdict(on: values, tensor.shape, rows) { .double($0) }
        case .string: .refused("it is text")
        default: verdictOnWholeNumbers(tensor, rows)
        }
    }

    private func verdict<Number: BinaryFloatingPoint>(
        on values: [Number],
        _ shape: [Int],
        _ rows: Int,
        _ wrap: ([Number]) -> Tensor.Values
    ) -> Verdict {
        let perRow = Self.perRow(values.count, shape, rows)
        guard let fault = fault(in: values, perRow) else { return .kept }
        guard rule.action == .clip else { return .refused(fault) }
        var clipped = values
        if let low = rule.minimum.map({ Number($0) }) {
            for index in clipped.indices where clipped[index] < low { clipped[index] = low }
        }
        if let high = rule.maximum.map({ Number($0) }) {
            for index in clipped.indices where clipped[index] > high { clipped[index] = high }
        }
        if let tolerance = rule.sumTolerance { Self.bringToOne(&clipped, perRow, unlessWithin: tolerance) }
        // What is no number can't be brought anywhere, and a row of zeros to no sum.
        if let fault = self.fault(in: clipped, perRow) { return .refused(fault) }
        return (try? Tensor(wrap(clipped), shape: shape)).map { Verdict.clipped($0) } ?? .refused(fault)
    }

    /// What is wrong with the first number, or the first row, that is not as it must be.
    private func fault<Number: BinaryFloatingPoint>(in values: [Number], _ perRow: Int) -> String? {
        let hasRange = rule.minimum != nil || rule.maximum != nil
        let low = Number(rule.minimum ?? -.infinity)
        let high = Number(rule.maximum ?? .infinity)
        if hasRange, let index = values.firstIndex(where: { !($0 >= low && $0 <= high) }) {
            return "row \(index / perRow): must be \(Contract.range(rule.minimum, rule.maximum))"
        }
        if rule.isFinite, let index = values.firstIndex(where: { !$0.isFinite }) {
            return "row \(index / perRow): must be finite numbers"
        }
        guard let tolerance = rule.sumTolerance else { return nil }
        for start in stride(from: 0, to: values.count, by: perRow) {
            var sum = 0.0
            for index in start..<start + perRow { sum += Double(values[index]) }
            guard abs(sum - 1) <= tolerance else {
                return "row \(start / perRow): must sum to 1, within \(tolerance)"
            }
        }
        return nil
    }

    private static func bringToOne<Number: BinaryFloatingPoint>(
        _ values: inout [Number],
        _ perRow: Int,
        unlessWithin tolerance: Double
    ) {
        for start in stride(from: 0, to: values.count, by: perRow) {
            var sum = 0.0
            for index in start..<start + perRow { sum += Double(values[index]) }
            // What is right stays as it is, whatever is wrong with the rows beside it.
            guard sum > 0, sum.isFinite, abs(sum - 1) > tolerance else { continue }
            for index in start..<start + perRow { values[index] = Number(Double(values[index]) / sum) }
        }
    }

    /// Labels and counts are not clipped: another one is another answer.
    private func verdictOnWholeNumbers(_ tensor: Tensor, _ rows: Int) -> Verdict {
        guard let numbers = tensor.numbers else { return .refused("it is no number") }
        let perRow = Self.perRow(numbers.count, tensor.shape, rows)
        return fault(in: numbers, perRow).map { Verdict.refused($0) } ?? .kept
    }

    /// The numbers of a row; all, where the first dimension does not count the rows.
    private static func perRow(_ count: Int, _ shape: [Int], _ rows: Int) -> Int {
        shape.first == rows && rows > 0 ? max(1, count / rows) : max(1, count)
    }
}
