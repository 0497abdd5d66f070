/// An array of one kind of element with a shape, row-major.
package struct Tensor: Hashable, Sendable {
    /// The elements, the last dimension varying fastest.
    package enum Values: Hashable, Sendable {
        case float([Float])
        case double([Double])
        case int8([Int8])
        case int16([Int16])
        case int32([Int32])
        case int64([Int64])
        case uint8([UInt8])
        case uint16([UInt16])
        case uint32([UInt32])
        case uint64([UInt64])
        case bool([Bool])
        case string([String])
    }

    /// The elements, the last dimension varying fastest.
    package let values: Values
    /// The length of each dimension; empty for a scalar.
    package let shape: [Int]

    /// A tensor of these elements.
    ///
    /// - Parameters:
    ///   - values: as many elements as the product of `shape`.
    ///   - shape: no negative lengths; empty for a scalar.
    /// - Throws: `inputInvalid` when shape and number of elements do not agree.
    package init(_ values: Values, shape: [Int]) throws(InferenceError) {
        guard let expected = Self.elementCount(shape) else {
            throw InferenceError(.inputInvalid, "a tensor cannot have the shape \(shape)")
        }
        guard values.count == expected else {
            throw InferenceError(
                .inputInvalid,
                "a tensor of shape \(shape) has \(expected) elements, and \(values.count) were given"
            )
        }
        self.values = values
        self.shape = shape
    }

    /// A tensor whose shape is known to fit its elements.
    init(checked values: Values, shape: [Int]) {
        assert(Self.elementCount(shape) == values.count)
        self.values = values
        self.shape = shape
    }

    /// The kind of the elements.
    package var elementType: ElementType { values.elementType }

    /// The number of elements.
    package var count: Int { values.count }

    /// A tensor of zeros, false or empty strings.
    static func zeros(_ type: ElementType, shape: [Int]) -> Tensor {
        Tensor(checked: .zeros(type, count: shape.reduce(1, *)), shape: shape)
    }

    /// The product of a shape; nil when a length is negative or the product is more than an `Int` can hold.
    private static func elementCount(_ shape: [Int]) -> Int? {
        var product = 1
        for length in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: length)
            guard length >= 0, !overflow else { return nil }
            product = next
        }
        return product
    }
}

/// A tensor under the name that a model gives to one of its inputs or outputs.
package struct NamedTensor: Hashable, Sendable {
    /// The model's name for it.
    package let name: String
    /// The elements and their shape.
    package let tensor: Tensor
    /// For an output of ``TensorDescription/Kind/sequenceOfMap``: the class that each column stands for, int64 or
    /// string, one dimension; nil for any other. Empty when there are no rows, for then the engine names no classes.
    package let classes: Tensor?

    /// A tensor for an input, or an answer's output.
    ///
    /// - Parameters:
    ///   - name: the model's name for it.
    ///   - tensor: the elements and their shape.
    ///   - classes: the class of each column, for an output that maps classes to numbers.
    package init(name: String, tensor: Tensor, classes: Tensor? = nil) {
        self.name = name
        self.tensor = tensor
        self.classes = classes
    }
}
