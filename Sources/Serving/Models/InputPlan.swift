package import Inference
import Kernel

/// How the values of a request become the tensors that a model takes.
package struct InputPlan: Sendable {
    /// The forms, by signature and model.
    enum Form: Sendable {
        /// The columns of a row, in the signature's order, are a row of the model's one matrix.
        case matrix
        /// Each column is an input of the model; for each input, in the model's order, its column.
        case columns([Int])
        /// Values are given by the model's own inputs.
        case tensors
        /// Only MLflow can read what the model takes, for this reason.
        case unreadable(String)
    }

    /// Which bodies of `/invocations` are handed to MLflow as they come.
    enum HandOver: Sendable {
        /// None: the engine is not Python.
        case nothing
        /// All but data frames of plain values, which MLflow would read as they are read here.
        case unusualBodies
        /// All.
        case everyBody
    }

    /// The form.
    let form: Form
    /// The signature's columns; empty for tensors.
    package let columns: [InputColumn]
    /// The columns' names; of the model's inputs for tensors.
    let names: ColumnIndex
    /// What the model declares.
    package let inputs: [TensorDescription]
    /// How requests can be read straight from their bytes; nil when the model is not of the usual shape.
    var matrix: MatrixPlan?
    /// Which bodies of `/invocations` MLflow reads.
    var handsOver = HandOver.nothing

    /// The plan for a model whose inputs only MLflow can read, because `reason`.
    init(unreadable reason: String) {
        form = .unreadable(reason)
        columns = []
        names = ColumnIndex([])
        inputs = []
        matrix = nil
        handsOver = .everyBody
    }

    /// For each column that is an input of its own, which input it is; made anew each time.
    var inputOfColumn: [Int: Int] {
        guard case .columns(let places) = form else { return [:] }
        return Dictionary(places.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Refuses a request that is not for MLflow to read, where only MLflow can.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` that says what can be asked instead.
    func checkReadable() throws {
        guard case .unreadable(let reason) = form else { return }
        throw MartletError(
            .invalidParameterValue,
            "This model can be asked through /invocations alone, in MLflow's scoring protocol: \(reason)."
        )
    }

    /// The plan for a model with `inputs` whose signature, if it has one by columns, names `columns`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when signature and model do not go together, saying how.
    package init(inputs: [TensorDescription], columns: [InputColumn]?) throws {
        self.inputs = inputs
        self.columns = columns ?? []
        form = try columns.map { try Self.form(of: $0, inputs) } ?? .tensors
        if case .tensors = form {
            names = ColumnIndex(inputs.map(\.name))
        } else {
            names = ColumnIndex(self.columns.map(\.name))
        }
        if case .columns = form {
            matrix = nil
        } else {
            matrix = inputs.count == 1 ? MatrixPlan(inputs[0], columns: columns) : nil
        }
    }

    private static func form(of columns: [InputColumn], _ inputs: [TensorDescription]) throws -> Form {
        guard !columns.isEmpty, Set(columns.map { Array($0.name.utf8) }).count == columns.count else {
            throw misfit("its signature must name each of its columns once")
        }
        if inputs.count == 1, inputs[0].shape?.count != 1, inputs[0].name != columns[0].name || columns.count > 1 {
            try checkMatrix(inputs[0], columns)
            return .matrix
        }
        let places = inputs.map { input in columns.firstIndex { $0.name == input.name } }
        guard inputs.count == columns.count, !places.contains(nil) else {
            throw misfit(
                "its signature has the columns \(list(columns.map(\.name))), its file the inputs "
                    + list(inputs.map(\.name))
            )
        }
        for (input, place) in zip(inputs, places.compactMap { $0 }) {
            let width = (input.shape ?? []).dropFirst()
            guard width.allSatisfy({ $0 == 1 || $0 < 0 }), width.count <= 1 else {
                throw misfit("input \"\(input.name)\" is no column: its shape is \(input.shape ?? [])")
            }
            try checkKind(columns[place], input)
        }
        return .columns(places.compactMap { $0 })
    }

    private static func checkMatrix(_ input: TensorDescription, _ columns: [InputColumn]) throws {
        if let shape = input.shape {
            guard shape.count == 2, shape[1] < 0 || shape[1] == columns.count else {
                throw misfit(
                    "its signature has \(columns.count) columns, its file one input \"\(input.name)\" of shape \(shape)"
                )
            }
        }
        for column in columns { try checkKind(column, input) }
    }

    private static func checkKind(_ column: InputColumn, _ input: TensorDescription) throws {
        let fits =
            switch (column.kind, input.elementType) {
            case (.string, let element): element == .string
            case (_, .string): false
            case (.boolean, _), (_, .float), (_, .double): true
            case (.float, _), (.double, _), (_, .bool): false
            case (.integer, _), (.long, _): true
            }
        guard fits else {
            throw misfit(
                "column \"\(column.name)\" is \(column.kind.rawValue), input \"\(input.name)\" takes "
                    + input.elementType.name
            )
        }
    }

    private static func misfit(_ problem: String) -> MartletError {
        MartletError(.invalidParameterValue, "The model's signature does not fit its ONNX file: \(problem)")
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
        return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
    }
}
