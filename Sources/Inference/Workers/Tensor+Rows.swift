extension Tensor {
    /// The rows in `range`, which lie in the first dimension.
    package func rows(_ range: Range<Int>) -> Tensor {
        let inner = shape.dropFirst()
        let stride = inner.reduce(1, *)
        return Tensor(
            checked: values.elements(range.lowerBound * stride..<range.upperBound * stride),
            shape: [range.count] + inner
        )
    }
}

extension Tensor.Values {
    /// The elements in `range`.
    fileprivate func elements(_ range: Range<Int>) -> Tensor.Values {
        switch self {
        case .float(let values): .float(Array(values[range]))
        case .double(let values): .double(Array(values[range]))
        case .int8(let values): .int8(Array(values[range]))
        case .int16(let values): .int16(Array(values[range]))
        case .int32(let values): .int32(Array(values[range]))
        case .int64(let values): .int64(Array(values[range]))
        case .uint8(let values): .uint8(Array(values[range]))
        case .uint16(let values): .uint16(Array(values[range]))
        case .uint32(let values): .uint32(Array(values[range]))
        case .uint64(let values): .uint64(Array(values[range]))
        case .bool(let values): .bool(Array(values[range]))
        case .string(let values): .string(Array(values[range]))
        }
    }
}
