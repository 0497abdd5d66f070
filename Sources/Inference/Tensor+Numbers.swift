extension Tensor {
    /// The elements as numbers; nil for strings.
    package var numbers: [Double]? {
        guard elementType != .string else { return nil }
        return (0..<count).map { number(at: $0) ?? .nan }
    }

    /// The element at `index` as a number, a flag as 1 or 0; nil for a string.
    package func number(at index: Int) -> Double? {
        switch values {
        case .float(let values): Double(values[index])
        case .double(let values): values[index]
        case .int8(let values): Double(values[index])
        case .int16(let values): Double(values[index])
        case .int32(let values): Double(values[index])
        case .int64(let values): Double(values[index])
        case .uint8(let values): Double(values[index])
        case .uint16(let values): Double(values[index])
        case .uint32(let values): Double(values[index])
        case .uint64(let values): Double(values[index])
        case .bool(let values): values[index] ? 1 : 0
        case .string: nil
        }
    }
}
