import Inference
import Kernel

/// Gathers the values of a request, in any form that JSON has for them, into the tensors of a plan.
struct InputBuilder {
    /// What to do with a value of a name that the model does not know.
    enum Unknown {
        case refuse, drop
    }

    private let plan: InputPlan
    private let unknown: Unknown
    /// What messages call the whole of the rows, and the number of the first.
    private let subject: String
    private let firstRow: Int
    /// For a matrix one, else one for each of the model's inputs.
    private var buffers: [ElementBuffer]
    /// For tensors, the shape of a row by input, once there has been one.
    private var rowShapes: [[Int]]
    private var rows = 0

    init(_ plan: InputPlan, unknown: Unknown, subject: String = "inputs", firstRow: Int = 0) {
        self.plan = plan
        self.unknown = unknown
        self.subject = subject
        self.firstRow = firstRow
        buffers = plan.inputs.map { ElementBuffer($0.elementType) }
        rowShapes = plan.inputs.map { _ in [] }
    }

    /// Adds one row: an object by column or input, a list in their order, or the one input's value.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` that names row and column.
    mutating func append(_ row: JSON) throws {
        try append(ordered: ordered(row))
    }

    /// Adds the only row of a request, which may also stand in a list of its own.
    ///
    /// - Throws: as for any row.
    mutating func append(only row: JSON) throws {
        guard case .array(let elements) = row, elements.count == 1, case .array = elements[0], !isRow(row) else {
            return try append(row)
        }
        try append(elements[0])
    }

    /// Adds one row whose values belong to the columns or inputs at `places`; nil drops a value.
    ///
    /// - Throws: as for any row.
    mutating func append(_ elements: [JSON], at places: [Int?]) throws {
        guard elements.count == places.count else {
            throw rowFault("expected \(places.count) values, found \(elements.count)")
        }
        var values = [JSON?](repeating: nil, count: plan.names.count)
        for (place, element) in zip(places, elements) {
            if let place { values[place] = element }
        }
        try append(ordered: values)
    }

    private mutating func append(ordered values: [JSON?]) throws {
        switch plan.form {
        case .matrix:
            for (column, value) in zip(plan.columns, values) { try append(value, of: column, to: 0) }
        case .columns(let places):
            for (input, place) in places.enumerated() {
                try append(values[place], of: plan.columns[place], to: input)
            }
        case .tensors:
            for (input, value) in values.enumerated() { try appendTensorRow(value, to: input) }
        case .unreadable:
            try plan.checkReadable()
        }
        rows += 1
    }

    /// The tensors of the rows so far.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when there is no row.
    func finish() throws -> ModelInputs {
        guard rows > 0 else { throw MartletError(.invalidParameterValue, "There must be at least one row of inputs") }
        var tensors: [NamedTensor] = []
        for (index, input) in plan.inputs.enumerated() {
            let shape =
                switch plan.form {
                case .matrix: [rows, plan.columns.count]
                case .columns: input.shape?.count == 2 ? [rows, 1] : [rows]
                case .tensors, .unreadable: input.isBatched ? [rows] + rowShapes[index] : rowShapes[index]
                }
            tensors.append(NamedTensor(name: input.name, tensor: try Tensor(buffers[index].values, shape: shape)))
        }
        return ModelInputs(rows: rows, tensors: tensors)
    }

    private mutating func append(_ value: JSON?, of column: InputColumn, to buffer: Int) throws {
        guard value != nil || (!column.isRequired && column.kind.takesMissing) else {
            throw fault(column.name, "is missing")
        }
        let value = value ?? JSON.null
        do throws(ElementBuffer.Misfit) {
            try buffers[buffer].append(value, of: column.kind)
        } catch {
            throw fault(column.name, "expected \(error.expected), found \(value.found)")
        }
    }

    private mutating func appendTensorRow(_ value: JSON?, to index: Int) throws {
        let input = plan.inputs[index]
        guard let value else { throw fault(input.name, "is missing") }
        guard rows == 0 || input.isBatched else {
            throw fault(input.name, "has no dimension for rows: the model takes one at a time")
        }
        let nested: NestedList
        do throws(NestedList.Misfit) {
            nested = try NestedList(value, into: &buffers[index])
        } catch {
            throw fault(input.name, error.reason)
        }
        let shape = try rowShape(nested.shape, of: input)
        guard rows == 0 || shape == rowShapes[index] else {
            throw fault(input.name, "its shape \(shape) differs from the first row's \(rowShapes[index])")
        }
        rowShapes[index] = shape
    }

    /// The shape of a row given as lists of the lengths `given`: the input's own, or flat.
    private func rowShape(_ given: [Int], of input: TensorDescription) throws -> [Int] {
        guard let shape = input.shape else { return given }
        let wanted = input.isBatched ? Array(shape.dropFirst()) : shape
        let fits = given.count == wanted.count && zip(given, wanted).allSatisfy { $1 < 0 || $0 == $1 }
        if fits { return given }
        if wanted.allSatisfy({ $0 >= 0 }), given == [wanted.reduce(1, *)] { return wanted }
        if given == [1], wanted.isEmpty { return wanted }
        throw fault(input.name, "expected a row of shape \(wanted), found \(given)")
    }

    private func fault(_ name: String, _ problem: String) -> MartletError {
        let kind =
            if case .tensors = plan.form { "input" } else { "column" }
        return MartletError(
            .invalidParameterValue,
            "\(subject), row \(firstRow + rows), \(kind) \"\(name.prefix(200))\": \(problem)"
        )
    }
}

// MARK: Order

extension InputBuilder {
    /// A row's values in the order of columns or inputs, nil where there is none.
    private func ordered(_ row: JSON) throws -> [JSON?] {
        switch row {
        case .object(let object): return try ordered(object)
        case .array(let elements) where !takesWholeRow:
            guard elements.count == plan.names.count else {
                throw rowFault("expected \(plan.names.count) values, found \(elements.count)")
            }
            return elements
        default:
            guard takesWholeRow || plan.names.count == 1 else {
                throw rowFault("expected an object by column or a list, found \(row.found)")
            }
            return [row]
        }
    }

    /// Whether a row that is no object is the value of the model's one input.
    private var takesWholeRow: Bool {
        if case .tensors = plan.form { plan.inputs.count == 1 } else { false }
    }

    private func ordered(_ object: JSONObject) throws -> [JSON?] {
        var values = [JSON?](repeating: nil, count: plan.names.count)
        for (index, member) in object.members.enumerated() {
            if let place = plan.names.column(member.name, guess: index) {
                values[place] = member.value
            } else if unknown == .refuse {
                throw fault(member.name, "the model has none of this name")
            }
        }
        return values
    }

    /// Whether lists nested like `json` are a row as they stand.
    private func isRow(_ json: JSON) -> Bool {
        guard takesWholeRow, let shape = plan.inputs[0].shape else { return false }
        let wanted = plan.inputs[0].isBatched ? Array(shape.dropFirst()) : shape
        var given: [Int] = []
        var level = json
        while case .array(let elements) = level {
            given.append(elements.count)
            level = elements.first ?? .null
        }
        return given.count == wanted.count && zip(given, wanted).allSatisfy { $1 < 0 || $0 == $1 }
    }

    private func rowFault(_ problem: String) -> MartletError {
        MartletError(.invalidParameterValue, "\(subject), row \(firstRow + rows): \(problem)")
    }
}

extension TensorDescription {
    /// Whether the first dimension counts rows: it is free, or 1, or nothing is said of it.
    var isBatched: Bool {
        guard let shape else { return true }
        guard let first = shape.first else { return false }
        return first < 0 || first == 1
    }
}
