import Analytics
import Inference
import Kernel

/// How the columns of a file become the inputs of a model.
struct BatchInputs: Sendable {
    /// What came of some rows.
    struct Reading {
        /// The inputs of the rows that could be read; nil when there are none.
        let inputs: ModelInputs?
        /// Which rows those are; nil for all.
        let rows: [Int]?
        /// What is wrong with the others.
        let faults: [Int: String]
    }

    /// The columns to be scanned, in this order.
    let scanned: [String]
    /// Which of them are kept.
    let kept: [Int]
    private let plan: InputPlan
    private let file: String
    private let format: TableFormat
    /// Which of the scanned columns the model is given.
    private let used: [Int]
    /// For each of those the column or input of the plan; nil where a row is the model's one tensor as it stands.
    private let places: [Int?]?
    /// For each column of a matrix the scanned one, nil for one that is left out; nil altogether without a quick way.
    private let sources: [Int?]?

    /// The way from a file of `columns` to a model with `plan`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when a column is missing that is needed or kept, or of a type that no model
    ///   takes.
    init(_ plan: InputPlan, _ columns: [TableScan.FileColumn], of request: BatchRequest) throws {
        try plan.checkReadable()
        self.plan = plan
        (file, format) = (request.inputName, request.inputFormat)
        let names = columns.map(\.name)
        for name in request.kept where !names.contains(name) {
            throw MartletError(.invalidParameterValue, "\(file) has no column \"\(name)\" to keep; \(Self.told(names))")
        }
        let wanted = plan.names.names
        let isWhole = plan.isOneTensor && !wanted.contains { names.contains($0) }
        let given = isWhole ? names.filter { !request.kept.contains($0) } : wanted.filter { names.contains($0) }
        if let missing = isWhole ? nil : plan.needed.first(where: { !names.contains($0) }) {
            throw MartletError(
                .invalidParameterValue,
                "\(file) has no column \"\(missing)\", which the model needs; \(Self.told(names))"
            )
        }
        if isWhole, let matrix = plan.matrix, matrix.rowCount != given.count {
            throw MartletError(
                .invalidParameterValue,
                "\(file) has \(given.count) columns besides those that are kept, and the model takes rows of"
                    + " \(matrix.rowCount)."
            )
        }
        for column in columns
        where given.contains(column.name) && ![.numeric, .boolean, .text].contains(column.logicalType) {
            throw MartletError(
                .invalidParameterValue,
                "\(file), column \"\(column.name)\": no model is given values of its type"
            )
        }
        var scanned = given
        for name in request.kept where !scanned.contains(name) { scanned.append(name) }
        // A file of which nothing is needed still has rows.
        if scanned.isEmpty, let first = names.first { scanned = [first] }
        self.scanned = scanned
        kept = request.kept.compactMap { scanned.firstIndex(of: $0) }
        used = Array(given.indices)
        places = isWhole ? nil : given.map { name in wanted.firstIndex(of: name) }
        sources = isWhole ? given.indices.map { Optional($0) } : wanted.map { given.firstIndex(of: $0) }
    }

    private static func told(_ names: [String]) -> String {
        let shown = names.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
        return "it has " + (names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown) + "."
    }

    /// The inputs that `rows` are, the first of which is the file's row numbered `first`, from 1.
    ///
    /// - Throws: ``AnalyticsError``.
    func read(_ rows: ScannedRows, first: Int) throws -> Reading {
        if let inputs = try quickly(rows) { return Reading(inputs: inputs, rows: nil, faults: [:]) }
        let cells = try used.map { try rows.column($0) }
        do {
            return Reading(inputs: try build(cells, Array(0..<rows.count), first), rows: nil, faults: [:])
        } catch is MartletError {
            return try readApart(cells, count: rows.count, first: first)
        }
    }

    /// The inputs of the rows that can be read, each looked at by itself.
    private func readApart(_ cells: [Column], count: Int, first: Int) throws -> Reading {
        var faults: [Int: String] = [:]
        for row in 0..<count {
            do {
                _ = try build(cells, [row], first + row)
            } catch let error as MartletError {
                faults[row] = error.message
            }
        }
        let sound = (0..<count).filter { faults[$0] == nil }
        let inputs = sound.isEmpty ? nil : try build(cells, sound, first)
        return Reading(inputs: inputs, rows: sound, faults: faults)
    }

    private func build(_ cells: [Column], _ rows: [Int], _ first: Int) throws -> ModelInputs {
        var builder = InputBuilder(plan, unknown: .drop, subject: file, firstRow: first)
        for row in rows {
            let values = cells.enumerated().map { value(of: $1, row, at: $0) }
            if let places { try builder.append(values, at: places) } else { try builder.append(.array(values)) }
        }
        return try builder.finish()
    }

    private func value(of cells: Column, _ row: Int, at index: Int) -> JSON {
        let kind = places?[index].flatMap { plan.columns.isEmpty ? nil : plan.columns[$0].kind }
        guard !cells.isMissing(row) else { return format == .csv && kind == .string ? .string("") : .null }
        switch cells.values {
        case .doubles(let values): return .number(values[row])
        case .integers(let values): return .integer(values[row])
        case .booleans(let values): return .boolean(values[row])
        case .texts(let values): return format == .csv ? CSVBody.value(values[row], of: kind) : .string(values[row])
        case .timestamps, .unread: return .null
        }
    }

    /// The inputs of rows whose values are plain numbers, for a model that takes a matrix; nil for any others.
    private func quickly(_ rows: ScannedRows) throws -> ModelInputs? {
        guard let matrix = plan.matrix, let sources, format == .parquet, (matrix.columns == nil) == (places == nil),
            sources.count == matrix.rowCount
        else { return nil }
        let (count, width) = (rows.count, matrix.rowCount)
        let values = try [Float](unsafeUninitializedCapacity: count * width) { buffer, written in
            guard let start = buffer.baseAddress else { return }
            for (column, source) in sources.enumerated() {
                guard let source else {
                    for row in 0..<count { start[row * width + column] = .nan }
                    continue
                }
                let whole = matrix.wholeRanges?[column]
                let target = start + column
                guard try rows.writeFloats(of: source, to: target, stride: width, whole: whole) else { return }
            }
            written = count * width
        }
        return values.isEmpty ? nil : try matrix.inputs(values, rows: count)
    }
}

extension InputPlan {
    /// Whether a row may be the one tensor that the model takes, as it stands.
    fileprivate var isOneTensor: Bool {
        if case .tensors = form { inputs.count == 1 } else { false }
    }

    /// The columns or inputs that a file must have.
    fileprivate var needed: [String] {
        if case .tensors = form { return inputs.map(\.name) }
        return columns.filter { $0.isRequired || !$0.kind.takesMissing }.map(\.name)
    }
}
