import Inference

extension PredictionBodyReader {
    /// The one tensor of an inference request, a list with one object, in `range` of `bytes`.
    static func tensor(
        _ bytes: UnsafeRawBufferPointer,
        _ range: Range<Int>,
        _ plan: MatrixPlan
    ) throws(InferenceError) -> ModelInputs? {
        var reader = PredictionBodyReader(bytes, range, plan, isTensor: true)
        guard let shape = reader.tensor(), reader.cursor.isAtEnd() else { return nil }
        let tensor = NamedTensor(name: plan.input, tensor: try Tensor(.float(reader.values), shape: shape))
        return ModelInputs(rows: shape.first ?? 1, tensors: [tensor])
    }

    /// `[{"name", "datatype", "shape", "data"}]`, members in any order; answers the shape.
    private mutating func tensor() -> [Int]? {
        guard cursor.take(UInt8(ascii: "[")), cursor.take(UInt8(ascii: "{")) else { return nil }
        var shape: [Int]?
        var isNamed = false
        var isTyped = false
        repeat {
            guard let member = cursor.string(), cursor.take(UInt8(ascii: ":")) else { return nil }
            if cursor.matches(member, "data"), leafDepth < 0 {
                guard nested() else { return nil }
            } else if cursor.matches(member, "shape"), shape == nil {
                shape = wholeNumbers()
                guard shape != nil else { return nil }
            } else if cursor.matches(member, "datatype"), !isTyped {
                guard let text = cursor.string(), cursor.matches(text, "FP32") else { return nil }
                isTyped = true
            } else if cursor.matches(member, "name"), !isNamed {
                guard let text = cursor.string(), cursor.slice(text).elementsEqual(plan.input.utf8) else { return nil }
                isNamed = true
            } else {
                return nil
            }
        } while cursor.take(UInt8(ascii: ","))
        guard let shape, isNamed, isTyped, cursor.take(UInt8(ascii: "}")), cursor.take(UInt8(ascii: "]")),
            lengths.count == 1 || lengths == shape
        else { return nil }
        return shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue } == values.count ? shape : nil
    }

    private mutating func wholeNumbers() -> [Int]? {
        guard cursor.take(UInt8(ascii: "[")) else { return nil }
        var numbers: [Int] = []
        repeat {
            guard let number = cursor.number(), number.isInteger, (1...0x1p31).contains(number.value) else {
                return nil
            }
            numbers.append(Int(number.value))
        } while cursor.take(UInt8(ascii: ","))
        return cursor.take(UInt8(ascii: "]")) ? numbers : nil
    }
}
