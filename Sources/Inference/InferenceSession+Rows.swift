extension InferenceSession {
    private static let trialRows = 3

    /// Whether the model answers each row as if it were alone, as far as a trial on three rows of numbers shows.
    ///
    /// A model that mixes rows, one that takes a mean over the batch, say, would answer otherwise to those who are asked
    /// with others. False where nothing can be tried: inputs whose first dimension is not free, or a model that fails on
    /// such numbers.
    package func answersRowByRow() -> Bool {
        guard !inputs.isEmpty, inputs.allSatisfy({ ($0.shape?.first ?? 0) < 0 }) else { return false }
        // Any sequence without a pattern will do, as long as each load tries the same.
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        let given = inputs.map { NamedTensor(name: $0.name, tensor: Self.trial($0, &state)) }
        guard let together = try? run(given), together.allSatisfy({ $0.tensor.shape.first == Self.trialRows }) else {
            return false
        }
        for row in 0..<Self.trialRows {
            let one = given.map { NamedTensor(name: $0.name, tensor: $0.tensor.rows(row..<row + 1)) }
            guard let alone = try? run(one), alone.count == together.count else { return false }
            let isSame = zip(alone, together).allSatisfy { alone, together in
                alone.classes == together.classes && alone.tensor.shape.first == 1
                    && alone.tensor.isNear(together.tensor.rows(row..<row + 1))
            }
            guard isSame else { return false }
        }
        return true
    }

    private static func trial(_ input: TensorDescription, _ state: inout UInt64) -> Tensor {
        var shape = input.shape ?? [-1]
        for axis in shape.indices where shape[axis] < 0 { shape[axis] = axis == 0 ? trialRows : 1 }
        let count = shape.reduce(1, *)
        func numbers(_ state: inout UInt64) -> [UInt64] {
            (0..<count).map { _ in
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return state >> 40
            }
        }
        let random = numbers(&state)
        let values: Tensor.Values =
            switch input.elementType {
            case .float: .float(random.map { Float($0) / 8_388_608 - 1 })
            case .double: .double(random.map { Double($0) / 8_388_608 - 1 })
            case .int8: .int8(random.map { Int8($0 & 1) })
            case .int16: .int16(random.map { Int16($0 & 1) })
            case .int32: .int32(random.map { Int32($0 & 1) })
            case .int64: .int64(random.map { Int64($0 & 1) })
            case .uint8: .uint8(random.map { UInt8($0 & 1) })
            case .uint16: .uint16(random.map { UInt16($0 & 1) })
            case .uint32: .uint32(random.map { UInt32($0 & 1) })
            case .uint64: .uint64(random.map { $0 & 1 })
            case .bool: .bool(random.map { $0 & 1 == 1 })
            case .string: .string(random.map { $0 & 1 == 1 ? "a" : "" })
            }
        return Tensor(checked: values, shape: shape)
    }
}

extension Tensor {
    /// Whether the other has the same elements; numbers with a fraction may differ in their last digits, as they do when
    /// an engine adds in another order.
    fileprivate func isNear(_ other: Tensor) -> Bool {
        guard shape == other.shape else { return false }
        switch (values, other.values) {
        case (.float(let left), .float(let right)):
            return zip(left, right).allSatisfy { Self.isNear(Double($0), Double($1)) }
        case (.double(let left), .double(let right)): return zip(left, right).allSatisfy { Self.isNear($0, $1) }
        default: return values == other.values
        }
    }

    private static func isNear(_ left: Double, _ right: Double) -> Bool {
        left == right || left.isNaN && right.isNaN || abs(left - right) <= 1e-5 * max(1, abs(left), abs(right))
    }
}
