/// What a model declares of one of its inputs or outputs.
package struct TensorDescription: Hashable, Sendable {
    /// How the values are held.
    package enum Kind: Hashable, Sendable {
        /// One tensor.
        case tensor
        /// One map from class to number for each row, as ZipMap gives it; answered as one `rows × classes` matrix.
        case sequenceOfMap(key: ElementType)
    }

    /// The model's name for it.
    package let name: String
    /// How the values are held; inputs are always tensors.
    package let kind: Kind
    /// The kind of the elements; of a map, of its values.
    package let elementType: ElementType
    /// The length of each dimension, -1 where it is free; nil when the model leaves even the rank open.
    ///
    /// Outputs are described by the model's maker and not always truly: trust the answer's own shape.
    package let shape: [Int]?

    /// A description.
    ///
    /// - Parameters:
    ///   - name: the model's name for it.
    ///   - kind: how the values are held.
    ///   - elementType: the kind of the elements.
    ///   - shape: the length of each dimension, -1 where it is free; nil when the rank is open.
    package init(name: String, kind: Kind = .tensor, elementType: ElementType, shape: [Int]?) {
        self.name = name
        self.kind = kind
        self.elementType = elementType
        self.shape = shape
    }

    /// Throws what is wrong with a tensor given for this input: its kind, its rank, or a dimension that is fixed.
    func validate(_ tensor: Tensor) throws(InferenceError) {
        guard tensor.elementType == elementType else {
            throw mismatch("\(elementType.name) elements", found: tensor.elementType.name)
        }
        guard let shape else { return }
        guard tensor.shape.count == shape.count else {
            throw mismatch("\(shape.count) dimensions", found: "\(tensor.shape.count)")
        }
        for axis in shape.indices where shape[axis] >= 0 && shape[axis] != tensor.shape[axis] {
            throw mismatch("length \(shape[axis]) in dimension \(axis)", found: "\(tensor.shape[axis])")
        }
    }

    private func mismatch(_ expected: String, found: String) -> InferenceError {
        InferenceError(.inputInvalid, input: name, "input \"\(name)\": expected \(expected), found \(found)")
    }
}
