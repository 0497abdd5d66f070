import Analytics
import Inference
import Kernel

/// Rows that stand for the inputs which an explanation leaves out.
struct Background: Sendable {
    /// The most rows that are taken; of more, as many, evenly.
    static let rowsMax = 100
    /// About the most numbers that the model is given for one explanation.
    static let numbersMax = 1 << 25
    /// The most inputs of a model that is explained.
    static let inputsMax = 1_024

    /// The rows as the model takes them.
    let inputs: ModelInputs
    /// The names of what is explained: columns, or the numbers of a row.
    let names: [String]
    /// For each of the model's inputs the column that it holds; nil where one input holds a whole row.
    private let columnOfInput: [Int]?

    /// The number of rows.
    var rowCount: Int { inputs.rows }

    /// Rows of `table` for a model with `plan`: fewer for more inputs, so that two ways through them fit into
    /// ``numbersMax``. A row that the model would not take is left out.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the model can't be explained, or `table` lacks a column.
    init(_ table: SampleTable, _ plan: InputPlan) throws {
        let columns = try Self.columns(table, plan)
        var builder = InputBuilder(plan, unknown: .refuse)
        var count = 0
        let affordable = max(1, Self.numbersMax / (2 * columns.count * columns.count))
        let wanted = min(Self.rowsMax, affordable, table.rowCount)
        for index in 0..<wanted {
            let row = JSON.array(columns.map { $0.value(index * table.rowCount / wanted) })
            // A row that is refused would leave a part of itself behind.
            var trial = InputBuilder(plan, unknown: .refuse)
            guard (try? trial.append(row)) != nil else { continue }
            try builder.append(row)
            count += 1
        }
        guard count > 0 else {
            throw MartletError(
                .invalidParameterValue,
                "No row of the version's reference is one that its model takes, so that there is nothing to explain against"
            )
        }
        inputs = try builder.finish()
        names = columns.map(\.name)
        columnOfInput = if case .columns(let places) = plan.form { places } else { nil }
    }

    private struct Source {
        let name: String
        let column: SampleTable.Column
        let kind: InputColumn.Kind?

        /// The value of `row` as a request would have it.
        func value(_ row: Int) -> JSON {
            switch column.values {
            case .numbers(let numbers):
                guard let number = numbers[row] else { return .null }
                if kind == .boolean { return .boolean(number != 0) }
                return Int64(exactly: number).map { .integer($0) } ?? .number(number)
            case .texts(let texts):
                guard let text = texts[row] else { return .null }
                return kind == .boolean ? .boolean(text == "true") : .string(text)
            }
        }
    }

    private static func columns(_ table: SampleTable, _ plan: InputPlan) throws -> [Source] {
        try plan.checkReadable()
        guard plan.inputs.allSatisfy({ ($0.shape?.first ?? -1) < 0 }) else {
            throw MartletError(
                .invalidParameterValue,
                "A model that takes a fixed number of rows can't be explained"
            )
        }
        let sources: [Source]
        if plan.columns.isEmpty {
            let width = plan.inputs.count == 1 ? plan.inputs[0].shape?.dropFirst().reduce(1, *) : nil
            guard let width, width == table.columns.count, plan.inputs[0].shape?.count == 2 else {
                throw MartletError(
                    .invalidParameterValue,
                    "Of models without named columns only those of one input, a row of numbers, can be explained, whose"
                        + " reference has as many columns"
                )
            }
            sources = table.columns.map { Source(name: $0.name, column: $0, kind: nil) }
        } else {
            sources = try plan.columns.map { column in
                guard let found = table.column(column.name) else {
                    throw MartletError(
                        .invalidParameterValue,
                        "The version's reference has no column \"\(column.name.prefix(200))\", which the model takes"
                    )
                }
                return Source(name: column.name, column: found, kind: column.kind)
            }
        }
        guard sources.count <= inputsMax else {
            throw MartletError(
                .invalidParameterValue,
                "Models of at most \(inputsMax) inputs can be explained, found \(sources.count)"
            )
        }
        return sources
    }
}

extension Background {
    /// Rows in which the inputs of a coalition are those of a request, and all others the background's.
    ///
    /// - Parameters:
    ///   - coalitions: for each input whether it is in.
    ///   - given: inputs of the same plan.
    ///   - row: which of its rows.
    /// - Returns: for the first coalition as many rows as the background has, then as many for the next.
    /// - Throws: `INVALID_PARAMETER_VALUE` when `given` has another form than the background.
    func rows(_ coalitions: ArraySlice<[Bool]>, of given: ModelInputs, _ row: Int) throws -> ModelInputs {
        let count = coalitions.count * rowCount
        let width = columnOfInput == nil ? names.count : 1
        let tensors = try zip(inputs.tensors, given.tensors).enumerated().map { index, pair in
            let (own, theirs) = pair
            var places: [Int32] = []
            places.reserveCapacity(count * width)
            for coalition in coalitions {
                for line in 0..<rowCount {
                    for column in 0..<width {
                        let isIn = coalition[columnOfInput?[index] ?? column]
                        places.append(isIn ? ~Int32(row * width + column) : Int32(line * width + column))
                    }
                }
            }
            guard theirs.tensor.count == given.rows * width,
                let values = own.tensor.values.picked(places, or: theirs.tensor.values)
            else {
                throw MartletError(.invalidParameterValue, "Inputs of this form can't be explained")
            }
            return NamedTensor(
                name: own.name,
                tensor: try Tensor(values, shape: [count] + own.tensor.shape.dropFirst())
            )
        }
        return ModelInputs(rows: count, tensors: tensors)
    }
}
