import Inference

/// The largest elements of an output instead of all of them: the extension `classification` of the Open Inference
/// Protocol, as Triton has it.
extension NamedTensor {
    /// The `count` largest elements of each row, largest first, as texts `value:index`, with `:class` behind where the
    /// output names its classes. An output of one dimension is one row. Ties are in the order of the elements, NaN last.
    func classified(_ count: Int) -> NamedTensor {
        let shape = tensor.shape
        let rows = shape.count > 1 ? shape[0] : 1
        let width = rows == 0 ? 0 : tensor.count / rows
        let kept = min(count, width)
        var texts: [String] = []
        texts.reserveCapacity(rows * kept)
        for row in 0..<rows {
            let first = row * width
            let order = (0..<width).sorted { left, right in
                tensor.isLarger(first + left, first + right) ?? (left < right)
            }
            for index in order.prefix(kept) {
                texts.append(tensor.text(first + index) + ":\(index)" + label(index))
            }
        }
        let wanted = shape.count > 1 ? [rows, kept] : [kept]
        // As many texts as the shape says.
        return NamedTensor(name: name, tensor: Tensor.texts(texts, shape: wanted))
    }

    private func label(_ index: Int) -> String {
        switch classes?.values {
        case .string(let names) where index < names.count: ":\(names[index])"
        case .int64(let numbers) where index < numbers.count: ":\(numbers[index])"
        default: ""
        }
    }
}

extension Tensor {
    fileprivate static func texts(_ texts: [String], shape: [Int]) -> Tensor {
        do {
            return try Tensor(.string(texts), shape: shape)
        } catch {
            preconditionFailure("there are as many texts as the shape says")
        }
    }

    /// Whether the element `left` comes before `right`; nil when neither does.
    fileprivate func isLarger(_ left: Int, _ right: Int) -> Bool? {
        guard elementType != .bool, let left = number(at: left), let right = number(at: right) else { return nil }
        if left.isNaN || right.isNaN { return left.isNaN == right.isNaN ? nil : right.isNaN }
        return left == right ? nil : left > right
    }

    /// An element as C's `%f` has it, whole numbers without a point.
    fileprivate func text(_ index: Int) -> String {
        switch values {
        case .float(let values): Self.fixed(Double(values[index]))
        case .double(let values): Self.fixed(values[index])
        case .int8(let values): String(values[index])
        case .int16(let values): String(values[index])
        case .int32(let values): String(values[index])
        case .int64(let values): String(values[index])
        case .uint8(let values): String(values[index])
        case .uint16(let values): String(values[index])
        case .uint32(let values): String(values[index])
        case .uint64(let values): String(values[index])
        case .bool(let values): values[index] ? "1" : "0"
        case .string(let values): values[index]
        }
    }

    /// Six digits behind the point.
    private static func fixed(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        let millionths = (value.magnitude * 1e6).rounded(.toNearestOrEven)
        guard millionths < 0x1p53 else { return "\(value)" }
        let whole = UInt64(millionths)
        let digits = String(whole % 1_000_000)
        let fraction = String(repeating: "0", count: 6 - digits.utf8.count) + digits
        return (value.sign == .minus ? "-" : "") + "\(whole / 1_000_000).\(fraction)"
    }
}
