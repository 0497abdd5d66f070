import Inference
import Kernel

/// An endpoint's contract as one variant's model has to keep it.
struct VariantContract: Sendable {
    /// What becomes of an answer.
    enum Verdict: Sendable {
        case kept
        /// Other outputs in its place.
        case clipped([NamedTensor])
        /// What is wrong with it, in words.
        case refused(String)
    }

    private let inputs: [InputCheck]
    private let outputs: [OutputCheck]
    private let plan: InputPlan
    /// The rules that can't be held against this model, and why; they are left out.
    let misfits: [String]

    /// The contract of a model that takes what `plan` says and answers `outputs`.
    init(_ contract: Contract, _ plan: InputPlan, _ outputs: [TensorDescription]) {
        var misfits: [String] = []
        self.plan = plan
        let inputOfColumn = plan.inputOfColumn
        inputs = contract.inputs.compactMap { rule in
            do throws(InputCheck.Misfit) {
                return try InputCheck(rule, plan, inputOfColumn)
            } catch {
                misfits.append("column \"\(rule.name.prefix(200))\": \(error.reason)")
                return nil
            }
        }
        self.outputs = contract.outputs.compactMap { rule in
            do throws(InputCheck.Misfit) {
                if case .unreadable = plan.form { throw InputCheck.Misfit(reason: "only MLflow can read the answers") }
                return try OutputCheck(rule, outputs)
            } catch {
                misfits.append("output \"\(rule.name.prefix(200))\": \(error.reason)")
                return nil
            }
        }
        self.misfits = misfits
    }

    /// `contract` as `model` has to keep it; nil where there is none of them.
    init?(_ contract: Contract?, for model: LoadedModel?) {
        guard let contract, let model else { return nil }
        self.init(contract, model.plan, model.outputs)
    }

    /// Whether requests must be read here for the contract to be kept, rather than by MLflow.
    var needsValues: Bool { !inputs.isEmpty || !outputs.isEmpty }

    /// What is wrong with `given`, in words; nil for nothing.
    func fault(in given: ModelInputs) -> String? {
        for check in inputs {
            if let fault = check.fault(in: given, plan) { return fault }
        }
        return nil
    }

    /// What becomes of `answered`, outputs to `rows` rows.
    func verdict(on answered: [NamedTensor], rows: Int) -> Verdict {
        guard !outputs.isEmpty else { return .kept }
        var changed: [NamedTensor]?
        for check in outputs {
            let name = check.rule.name
            guard let index = answered.firstIndex(where: { $0.name == name }) else {
                return .refused("output \"\(name.prefix(200))\" is missing")
            }
            switch check.verdict(on: answered[index].tensor, rows: rows) {
            case .kept: break
            case .refused(let fault): return .refused("output \"\(name.prefix(200))\", \(fault)")
            case .clipped(let tensor):
                let named = NamedTensor(name: name, tensor: tensor, classes: answered[index].classes)
                changed = changed ?? answered
                changed?[index] = named
            }
        }
        return changed.map { Verdict.clipped($0) } ?? .kept
    }
}

extension ServedEndpoint {
    /// `inputs`, when `variant` may be given them by the contract.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` that names column, row and bound.
    func check(_ inputs: ModelInputs, for variant: ServedVariant) throws {
        guard let contract = variant.contract, let fault = contract.fault(in: inputs) else { return }
        statistics.record(.inputsRefused, at: variant.place)
        throw MartletError(.invalidParameterValue, fault)
    }

    /// The answer of `variant` to `rows` rows, with `isCopy` to what a shadow is shown, as the contract lets it out.
    ///
    /// - Throws: `INVALID_STATE`, the server's fault and not the caller's, when it does not.
    func guarded(
        _ answer: ModelAnswer,
        of variant: ServedVariant,
        rows: Int,
        isCopy: Bool = false
    ) throws -> ModelAnswer {
        guard let contract = variant.contract else { return answer }
        switch contract.verdict(on: answer.outputs, rows: rows) {
        case .kept: return answer
        case .clipped(let outputs):
            statistics.record(.outputsClipped, at: variant.place, isCopy: isCopy)
            return answer.with(outputs: outputs)
        case .refused(let fault):
            statistics.record(.outputsRefused, at: variant.place, isCopy: isCopy)
            throw MartletError(.invalidState, "The model's answer breaks the endpoint's contract: \(fault)")
        }
    }
}
