import Analytics
import Inference
import Kernel

/// Which columns a model's outputs become: an output of one number a row is one, another as many as a row has numbers.
struct OutputLayout: Sendable {
    /// Where a column's values are.
    private struct Place: Sendable {
        let output: Int
        let offset: Int
        let width: Int
    }

    /// The columns in their order.
    let columns: [WrittenColumn]
    private let places: [Place]

    /// The most columns that one output may become.
    private static let widthMax = 10_000

    /// The layout of answers like `outputs`, which were given to so many rows.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when a row has too many numbers.
    init(_ outputs: [NamedTensor], rows: Int) throws {
        var columns: [WrittenColumn] = []
        var places: [Place] = []
        for (index, output) in outputs.enumerated() {
            let width = output.tensor.count / max(1, rows)
            guard width <= Self.widthMax else {
                throw MartletError(
                    .invalidParameterValue,
                    "The model's output \"\(output.name)\" has \(width) numbers a row; a table takes \(Self.widthMax)."
                )
            }
            let isOne = width == 1 && output.classes == nil
            let endings = Self.endings(output.classes, width)
            for offset in 0..<width {
                let name = isOne ? output.name : "\(output.name)_\(endings[offset])"
                columns.append(WrittenColumn(name, output.tensor.elementType.written))
                places.append(Place(output: index, offset: offset, width: width))
            }
        }
        self.columns = columns
        self.places = places
    }

    /// What tells the columns of one output apart: the classes, where their names do, else their numbers.
    private static func endings(_ classes: Tensor?, _ width: Int) -> [String] {
        let numbers = (0..<width).map { String($0) }
        guard let classes, classes.count == width else { return numbers }
        let names: [String] =
            switch classes.values {
            case .string(let names): names
            case .int64(let values): values.map { String($0) }
            default: numbers
            }
        // DuckDB does not tell letters' cases apart.
        return Set(names.map { $0.lowercased() }).count == width ? names : numbers
    }

    /// The values of the columns for the rows of `answer`, and which rows have none; nil where all have.
    ///
    /// - Throws: `INTERNAL_ERROR` when the answer is of another shape.
    func values(of answer: BatchAnswer) throws -> (values: [WrittenValues], missing: [Bool]?) {
        let count = answer.rows.count
        let values = try places.enumerated().map { index, place in
            try gather(place, columns[index].kind, answer.pieces, count: count)
        }
        guard !answer.faults.isEmpty else { return (values, nil) }
        return (values, (0..<count).map { answer.faults[$0] != nil })
    }

    private func gather(_ place: Place, _ kind: WrittenColumn.Kind, _ pieces: [BatchAnswer.Piece], count: Int) throws
        -> WrittenValues
    {
        func spread<Value>(_ empty: Value, _ elements: (Tensor.Values) -> [Value]?) throws -> [Value] {
            var spread = [Value](repeating: empty, count: count)
            for piece in pieces {
                guard place.output < piece.outputs.count,
                    let elements = elements(piece.outputs[place.output].tensor.values),
                    elements.count == piece.rows.count * place.width
                else {
                    throw MartletError(.internalError, "The model's answers differ in shape from row to row.")
                }
                for (index, row) in piece.rows.enumerated() {
                    spread[row] = elements[index * place.width + place.offset]
                }
            }
            return spread
        }
        switch kind {
        case .float: return .floats(try spread(0) { if case .float(let values) = $0 { values } else { nil } })
        case .double: return .doubles(try spread(0) { if case .double(let values) = $0 { values } else { nil } })
        case .integer: return .integers(try spread(0) { $0.integers })
        case .unsigned: return .unsigned(try spread(0) { if case .uint64(let values) = $0 { values } else { nil } })
        case .boolean: return .booleans(try spread(false) { if case .bool(let values) = $0 { values } else { nil } })
        case .text: return .texts(try spread("") { if case .string(let values) = $0 { values } else { nil } })
        }
    }
}

extension ElementType {
    /// The kind of a column of such elements.
    fileprivate var written: WrittenColumn.Kind {
        switch self {
        case .float: .float
        case .double: .double
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32: .integer
        case .uint64: .unsigned
        case .bool: .boolean
        case .string: .text
        }
    }
}

extension Tensor.Values {
    /// Whole numbers that fit 64 signed bits; nil for any other elements.
    fileprivate var integers: [Int64]? {
        switch self {
        case .int8(let values): values.map { Int64($0) }
        case .int16(let values): values.map { Int64($0) }
        case .int32(let values): values.map { Int64($0) }
        case .int64(let values): values
        case .uint8(let values): values.map { Int64($0) }
        case .uint16(let values): values.map { Int64($0) }
        case .uint32(let values): values.map { Int64($0) }
        default: nil
        }
    }
}
