import Inference
import Kernel

/// A rule of a contract for one column, and where the column's values lie in what a model is given.
struct InputCheck: Sendable {
    /// Why a rule can't be held against a model's inputs.
    struct Misfit: Error {
        let reason: String
    }

    private let rule: Contract.InputRule
    private let bounds: ValueBounds
    /// Which of the model's inputs.
    private let input: Int
    /// Where its first value lies; nil where all of the input's are meant.
    private let column: (first: Int, step: Int)?

    /// The check of `rule` for a model with `plan`, of whose inputs `inputOfColumn` says which is which column.
    init(_ rule: Contract.InputRule, _ plan: InputPlan, _ inputOfColumn: [Int: Int]) throws(Misfit) {
        self.rule = rule
        bounds = ValueBounds(rule)
        if case .unreadable = plan.form { throw Misfit(reason: "only MLflow can read what the model takes") }
        guard let place = plan.names.column(rule.name, guess: 0) else {
            let names = plan.names.names.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
            throw Misfit(reason: "the model has none of this name; it has \(names)")
        }
        switch plan.form {
        case .matrix:
            input = 0
            column = (place, plan.columns.count)
        case .columns:
            guard let input = inputOfColumn[place] else { throw Misfit(reason: "the model does not take it") }
            self.input = input
            column = (0, 1)
        case .tensors, .unreadable:
            input = place
            column = nil
        }
        let isText = plan.inputs[input].elementType == .string
        let wantsText = rule.allowed?.first?.stringValue != nil
        if isText, rule.minimum != nil || rule.maximum != nil { throw Misfit(reason: "text has no range") }
        if rule.allowed != nil, isText != wantsText {
            throw Misfit(reason: "its values are \(isText ? "text" : "numbers"), those allowed are not")
        }
    }

    /// What is wrong with `inputs`, in words; nil for nothing.
    func fault(in inputs: ModelInputs, _ plan: InputPlan) -> String? {
        guard inputs.tensors.count == plan.inputs.count else { return "The request does not have the model's inputs" }
        let named = inputs.tensors[input]
        guard isAsPlanned(named, inputs.rows, plan) else {
            return "input \"\(named.name)\": its shape \(named.tensor.shape) is not that of the contract's columns"
        }
        let (first, step) = column ?? (0, 1)
        guard let (index, fault) = firstFault(named.tensor.values, first, step) else { return nil }
        let isColumn = column != nil
        let row = isColumn ? (index - first) / step : index / max(1, named.tensor.count / max(1, inputs.rows))
        return
            "inputs, row \(row), \(isColumn ? "column" : "input") \"\(rule.name.prefix(200))\": \(rule.demand(fault))"
    }

    /// Whether the values lie where they are looked for; in the Open Inference Protocol shapes are the caller's.
    private func isAsPlanned(_ named: NamedTensor, _ rows: Int, _ plan: InputPlan) -> Bool {
        guard named.name == plan.inputs[input].name else { return false }
        return column.map { named.tensor.count == rows * $0.step } ?? true
    }

    private func firstFault(
        _ values: Tensor.Values,
        _ first: Int,
        _ step: Int
    ) -> (index: Int, fault: ValueBounds.Fault)? {
        switch values {
        case .float(let values): bounds.firstFault(in: values, from: first, step: step)
        case .double(let values): bounds.firstFault(in: values, from: first, step: step)
        case .int8(let values): bounds.firstFault(in: values, from: first, step: step)
        case .int16(let values): bounds.firstFault(in: values, from: first, step: step)
        case .int32(let values): bounds.firstFault(in: values, from: first, step: step)
        case .int64(let values): bounds.firstFault(in: values, from: first, step: step)
        case .uint8(let values): bounds.firstFault(in: values, from: first, step: step)
        case .uint16(let values): bounds.firstFault(in: values, from: first, step: step)
        case .uint32(let values): bounds.firstFault(in: values, from: first, step: step)
        case .uint64(let values): bounds.firstFault(in: values, from: first, step: step)
        case .bool(let values): bounds.firstFault(in: values, from: first, step: step)
        case .string(let values): bounds.firstFault(in: values, from: first, step: step)
        }
    }
}
