extension Tensor.Values {
    /// The kind of the elements.
    package var elementType: ElementType {
        switch self {
        case .float: .float
        case .double: .double
        case .int8: .int8
        case .int16: .int16
        case .int32: .int32
        case .int64: .int64
        case .uint8: .uint8
        case .uint16: .uint16
        case .uint32: .uint32
        case .uint64: .uint64
        case .bool: .bool
        case .string: .string
        }
    }

    /// The number of elements.
    package var count: Int {
        switch self {
        case .float(let values): values.count
        case .double(let values): values.count
        case .int8(let values): values.count
        case .int16(let values): values.count
        case .int32(let values): values.count
        case .int64(let values): values.count
        case .uint8(let values): values.count
        case .uint16(let values): values.count
        case .uint32(let values): values.count
        case .uint64(let values): values.count
        case .bool(let values): values.count
        case .string(let values): values.count
        }
    }

    /// `count` zeros, false or empty strings.
    static func zeros(_ type: ElementType, count: Int) -> Tensor.Values {
        switch type {
        case .float: .float(Array(repeating: 0, count: count))
        case .double: .double(Array(repeating: 0, count: count))
        case .int8: .int8(Array(repeating: 0, count: count))
        case .int16: .int16(Array(repeating: 0, count: count))
        case .int32: .int32(Array(repeating: 0, count: count))
        case .int64: .int64(Array(repeating: 0, count: count))
        case .uint8: .uint8(Array(repeating: 0, count: count))
        case .uint16: .uint16(Array(repeating: 0, count: count))
        case .uint32: .uint32(Array(repeating: 0, count: count))
        case .uint64: .uint64(Array(repeating: 0, count: count))
        case .bool: .bool(Array(repeating: false, count: count))
        case .string: .string(Array(repeating: "", count: count))
        }
    }

    /// Calls `body` with the elements' memory, as it lies in the array. Strings have none to show.
    func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws(InferenceError) -> Result
    ) throws(InferenceError) -> Result {
        switch self {
        case .float(let values): try Self.withBytes(of: values, body)
        case .double(let values): try Self.withBytes(of: values, body)
        case .int8(let values): try Self.withBytes(of: values, body)
        case .int16(let values): try Self.withBytes(of: values, body)
        case .int32(let values): try Self.withBytes(of: values, body)
        case .int64(let values): try Self.withBytes(of: values, body)
        case .uint8(let values): try Self.withBytes(of: values, body)
        case .uint16(let values): try Self.withBytes(of: values, body)
        case .uint32(let values): try Self.withBytes(of: values, body)
        case .uint64(let values): try Self.withBytes(of: values, body)
        case .bool(let values): try Self.withBytes(of: values, body)
        case .string: preconditionFailure("strings are written one by one")
        }
    }

    private static func withBytes<Element, Result>(
        of values: [Element],
        _ body: (UnsafeRawBufferPointer) throws(InferenceError) -> Result
    ) throws(InferenceError) -> Result {
        try values.withUnsafeBufferPointer { elements throws(InferenceError) in
            try body(UnsafeRawBufferPointer(elements))
        }
    }
}
