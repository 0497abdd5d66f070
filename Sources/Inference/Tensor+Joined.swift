extension Tensor {
    /// The rows of all `parts`, one after the other; the parts are alike but for the length of their first dimension.
    static func joined(_ parts: [Tensor]) -> Tensor {
        let rows = parts.reduce(0) { $0 + ($1.shape.first ?? 0) }
        return Tensor(checked: values(of: parts), shape: [rows] + (parts.first?.shape.dropFirst() ?? []))
    }

    private static func values(of parts: [Tensor]) -> Values {
        switch parts[0].values {
        case .float: .float(all(parts) { if case .float(let values) = $0 { values } else { [] } })
        case .double: .double(all(parts) { if case .double(let values) = $0 { values } else { [] } })
        case .int8: .int8(all(parts) { if case .int8(let values) = $0 { values } else { [] } })
        case .int16: .int16(all(parts) { if case .int16(let values) = $0 { values } else { [] } })
        case .int32: .int32(all(parts) { if case .int32(let values) = $0 { values } else { [] } })
        case .int64: .int64(all(parts) { if case .int64(let values) = $0 { values } else { [] } })
        case .uint8: .uint8(all(parts) { if case .uint8(let values) = $0 { values } else { [] } })
        case .uint16: .uint16(all(parts) { if case .uint16(let values) = $0 { values } else { [] } })
        case .uint32: .uint32(all(parts) { if case .uint32(let values) = $0 { values } else { [] } })
        case .uint64: .uint64(all(parts) { if case .uint64(let values) = $0 { values } else { [] } })
        case .bool: .bool(all(parts) { if case .bool(let values) = $0 { values } else { [] } })
        case .string: .string(all(parts) { if case .string(let values) = $0 { values } else { [] } })
        }
    }

    private static func all<Element>(_ parts: [Tensor], _ values: (Values) -> [Element]) -> [Element] {
        var elements: [Element] = []
        elements.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for part in parts { elements += values(part.values) }
        return elements
    }
}
