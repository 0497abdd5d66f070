import Inference
import Kernel

/// What one variant of an endpoint was given, for another.
extension InputPlan {
    /// Whether what is read by `other` can be given to this plan's model as well.
    func takesInputs(of other: InputPlan) -> Bool {
        switch (form, other.form) {
        case (.matrix, .matrix):
            columns == other.columns && inputs[0].elementType == other.inputs[0].elementType
        case (.columns(let places), .columns(let others)):
            columns == other.columns && places == others && isSame(other)
        case (.tensors, .tensors):
            inputs.count == 1 && other.inputs.count == 1
                ? inputs[0].elementType == other.inputs[0].elementType && inputs[0].shape == other.inputs[0].shape
                : isSame(other)
        default: false
        }
    }

    /// `inputs`, which were read by a plan whose inputs this one takes, under the names of this plan's model.
    func renamed(_ given: ModelInputs) -> ModelInputs {
        guard inputs.count == 1, given.tensors.count == 1, given.tensors[0].name != inputs[0].name else { return given }
        let tensor = NamedTensor(name: inputs[0].name, tensor: given.tensors[0].tensor)
        return ModelInputs(rows: given.rows, tensors: [tensor])
    }

    private func isSame(_ other: InputPlan) -> Bool {
        inputs.map(\.name) == other.inputs.map(\.name)
            && inputs.map(\.elementType) == other.inputs.map(\.elementType)
    }
}
