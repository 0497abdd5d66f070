import Inference

/// The shape of a model that takes nothing but one tensor of single-precision numbers, row by row.
///
/// Most models are such, and ``PredictionBodyReader`` reads requests for them straight from the bytes.
package struct MatrixPlan: Sendable {
    /// The model's name for its input.
    let input: String
    /// The shape of one row: the input's without its first dimension.
    let rowShape: [Int]
    /// The numbers in a row.
    let rowCount: Int
    /// The columns by name; nil where the signature has none and a row is a tensor.
    let columns: ColumnIndex?
    /// For each column the whole numbers that it takes, nil for any number; nil altogether when none is restricted.
    let wholeRanges: [ClosedRange<Double>?]?

    /// The numbers that a double holds exactly; a column of whole numbers is read fast only inside.
    private static let exact = -9_007_199_254_740_992...9_007_199_254_740_992.0

    /// The plan of a model with `input`, whose columns, if it has any, are `columns`; nil when it is not such a model.
    init?(_ input: TensorDescription, columns: [InputColumn]?) {
        guard input.elementType == .float, let shape = input.shape, let first = shape.first, first < 0,
            shape.dropFirst().allSatisfy({ $0 > 0 })
        else { return nil }
        let kinds = columns?.map(\.kind) ?? []
        guard kinds.allSatisfy({ $0 != .boolean && $0 != .string }) else { return nil }
        self.input = input.name
        rowShape = Array(shape.dropFirst())
        rowCount = rowShape.reduce(1, *)
        self.columns = columns.map { ColumnIndex($0.map(\.name)) }
        let ranges = kinds.map { kind -> ClosedRange<Double>? in
            kind.wholeRange.map { range in
                (Double(range.lowerBound)...Double(range.upperBound)).clamped(to: Self.exact)
            }
        }
        wholeRanges = ranges.contains { $0 != nil } ? ranges : nil
    }

    /// How many rows numbers nested as `shape` says are, when several rows may be given; nil when they are none.
    func rows(nested shape: [Int]) -> Int? {
        guard let rows = shape.first else { return nil }
        let row = shape.dropFirst()
        return row == rowShape[...] || (row.count == 1 && row.first == rowCount) ? rows : nil
    }

    /// Whether numbers nested as `shape` says are one row: its own shape, flat, or a list of one row.
    func isOneRow(nested shape: [Int]) -> Bool {
        shape == rowShape || shape == [rowCount] || rows(nested: shape) == 1
    }

    /// The inputs that `values` are, row after row.
    func inputs(_ values: [Float], rows: Int) throws(InferenceError) -> ModelInputs {
        let tensor = try Tensor(.float(values), shape: [rows] + rowShape)
        return ModelInputs(rows: rows, tensors: [NamedTensor(name: input, tensor: tensor)])
    }
}
