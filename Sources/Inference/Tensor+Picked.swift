extension Tensor.Values {
    /// The elements at `places`: of these where a place is 0 or more, and where it is less, of `other` at its
    /// complement.
    ///
    /// - Returns: as many elements as there are places; nil when `other` is of another kind.
    package func picked(_ places: [Int32], or other: Tensor.Values) -> Tensor.Values? {
        switch (self, other) {
        case (.float(let values), .float(let others)): .float(Self.picked(places, values, others))
        case (.double(let values), .double(let others)): .double(Self.picked(places, values, others))
        case (.int8(let values), .int8(let others)): .int8(Self.picked(places, values, others))
        case (.int16(let values), .int16(let others)): .int16(Self.picked(places, values, others))
        case (.int32(let values), .int32(let others)): .int32(Self.picked(places, values, others))
        case (.int64(let values), .int64(let others)): .int64(Self.picked(places, values, others))
        case (.uint8(let values), .uint8(let others)): .uint8(Self.picked(places, values, others))
        case (.uint16(let values), .uint16(let others)): .uint16(Self.picked(places, values, others))
        case (.uint32(let values), .uint32(let others)): .uint32(Self.picked(places, values, others))
        case (.uint64(let values), .uint64(let others)): .uint64(Self.picked(places, values, others))
        case (.bool(let values), .bool(let others)): .bool(Self.picked(places, values, others))
        case (.string(let values), .string(let others)): .string(Self.picked(places, values, others))
        default: nil
        }
    }

    private static func picked<Element>(_ places: [Int32], _ values: [Element], _ others: [Element]) -> [Element] {
        places.map { $0 >= 0 ? values[Int($0)] : others[Int(~$0)] }
    }
}
