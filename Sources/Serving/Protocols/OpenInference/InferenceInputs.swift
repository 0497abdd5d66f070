import Inference
import Kernel

/// The tensors of an inference request as they are read, each put in the place of the model's input of its name.
struct InferenceInputs {
    private let plan: InputPlan
    private var tensors: [NamedTensor?]

    /// Nothing read yet, of the request `id` with inputs of these names to the endpoint `endpoint`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`, in Triton's words, when there are too many or too few.
    init(_ plan: InputPlan, named names: [String], endpoint: String, id: String?) throws {
        self.plan = plan
        tensors = Array(repeating: nil, count: plan.inputs.count)
        guard names.count != plan.inputs.count else { return }
        let missing = plan.inputs.map(\.name).filter { !names.contains($0) }
        // To the letter what Triton says, which loses the bracket when none is missing: clients compare it.
        throw MartletError(
            .invalidParameterValue,
            "[request id: \(id?.prefix(200) ?? "<id_unknown>")] expected \(plan.inputs.count) inputs but got "
                + "\(names.count) inputs for model '\(endpoint)'. Got input(s) [\(Self.list(names.reversed()))], but missing "
                + "required input(s) \(missing.isEmpty ? "" : "[")\(Self.list(missing))]. Please provide all required "
                + "input(s)."
        )
    }

    /// The place of the input `name`, which says that it is of kind `datatype`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the model has no such input, it was there before, or is of another kind.
    func place(of name: String, datatype: String?) throws -> Int {
        guard let index = plan.inputs.firstIndex(where: { $0.name == name }), tensors[index] == nil else {
            let known = plan.inputs.map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw Self.fault(name, "the model takes \(known), each once")
        }
        let wanted = plan.inputs[index].elementType.datatype
        guard datatype == wanted else {
            throw Self.fault(name, "the model takes \(wanted), found \(datatype ?? "no datatype")")
        }
        return index
    }

    /// Puts `values` of `shape` into the place `index`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when they do not go together.
    mutating func put(_ values: Tensor.Values, shape: [Int], at index: Int) throws {
        tensors[index] = NamedTensor(name: plan.inputs[index].name, tensor: try Tensor(values, shape: shape))
    }

    /// All of them, in the model's order.
    func complete() throws -> ModelInputs {
        let complete = try zip(plan.inputs, tensors).map { input, tensor in
            guard let tensor else { throw Self.fault(input.name, "is missing") }
            return tensor
        }
        return ModelInputs(rows: WholeTensors.rows(of: complete), tensors: complete)
    }

    /// The elements of a shape, where they could be held in memory.
    static func count(_ shape: [Int], _ name: String) throws -> Int {
        // Without a length of 0 they are bounded by what was sent; rows of nothing take memory all the same.
        let extentMax = shape.contains(0) ? 1 << 20 : 1 << 40
        var extent = 1
        for length in shape {
            let (next, overflows) = extent.multipliedReportingOverflow(by: max(1, length))
            guard !overflows, next <= extentMax else { throw fault(name, "has the shape \(shape)") }
            extent = next
        }
        return shape.contains(0) ? 0 : extent
    }

    /// What is wrong with the input `name`.
    static func fault(_ name: String, _ problem: String) -> MartletError {
        MartletError(.invalidParameterValue, "input \"\(name.prefix(200))\": \(problem)")
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(100).map { "'\($0.prefix(200))'" }.joined(separator: ",")
    }
}
