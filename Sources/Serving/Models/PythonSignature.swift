import Inference
import Kernel
import Registry

/// What a model of Python takes and gives, as far as its signature says it.
enum PythonSignature {
    /// The name of an output that has none of its own.
    static let soleOutput = "predictions"
    /// The name of an input that has none of its own.
    private static let soleInput = "inputs"
    /// What loads models that answer each row by itself, whatever others are asked with it.
    private static let rowWise: Set<String> = [
        "mlflow.sklearn", "mlflow.lightgbm", "mlflow.xgboost", "mlflow.catboost", "mlflow.tensorflow", "mlflow.keras",
        "mlflow.pytorch",
    ]
    private static let elementTypes: [String: ElementType] = [
        "float32": .float, "float64": .double, "int8": .int8, "int16": .int16, "int32": .int32, "int64": .int64,
        "uint8": .uint8, "uint16": .uint16, "uint32": .uint32, "uint64": .uint64, "bool": .bool, "object": .string,
        "str": .string,
    ]

    /// Whether what `module` loads answers row by row. Of a function of the user's own nothing is known.
    static func isRowWise(loaderModule module: String?) -> Bool {
        module.map { rowWise.contains($0) } ?? false
    }

    /// How requests become the inputs of a model with `signature`.
    static func plan(_ signature: ModelSignature?, isHinted: Bool, isRowWise: Bool) -> InputPlan {
        guard let fields = signature?.inputs, !fields.isEmpty else {
            return InputPlan(unreadable: "its MLmodel has no signature")
        }
        guard !isHinted else { return InputPlan(unreadable: "its signature is made of type hints") }
        do {
            var plan = try plan(fields)
            if isRowWise, !plan.columns.isEmpty { plan.handsOver = .unusualBodies }
            return plan
        } catch {
            return InputPlan(unreadable: (error as? MartletError)?.message ?? "its signature can't be used")
        }
    }

    private static func plan(_ fields: [ModelSignature.Field]) throws -> InputPlan {
        var columns: [InputColumn] = []
        var inputs: [TensorDescription] = []
        for (index, field) in fields.enumerated() {
            switch field {
            case .column(let given, let type, let isRequired):
                let name = given ?? String(index)
                guard let kind = InputColumn.Kind(type) else {
                    throw MartletError(.invalidParameterValue, "its signature has a column \"\(name)\" of type \(type)")
                }
                columns.append(InputColumn(name: name, kind: kind, isRequired: isRequired))
                inputs.append(TensorDescription(name: name, elementType: kind.elementType, shape: [-1]))
            case .tensor(let name, let dtype, let shape):
                guard let type = elementTypes[dtype], shape.first == -1 else {
                    throw MartletError(
                        .invalidParameterValue,
                        "its signature has a tensor of \(dtype) and shape \(shape)"
                    )
                }
                inputs.append(TensorDescription(name: name ?? soleInput, elementType: type, shape: shape))
            }
        }
        guard columns.isEmpty || columns.count == inputs.count else {
            throw MartletError(.invalidParameterValue, "its signature mixes columns and tensors")
        }
        guard Set(inputs.map { Array($0.name.utf8) }).count == inputs.count else {
            throw MartletError(.invalidParameterValue, "its signature has two inputs of one name")
        }
        var plan = try InputPlan(inputs: inputs, columns: columns.isEmpty ? nil : columns)
        plan.handsOver = .everyBody
        return plan
    }

    /// What a model with `signature` answers, as far as that is declared.
    static func outputs(_ signature: ModelSignature?) -> [TensorDescription] {
        let fields = signature?.outputs ?? []
        let outputs = fields.enumerated().compactMap { index, field -> TensorDescription? in
            let name = field.name ?? (fields.count == 1 ? soleOutput : String(index))
            switch field {
            case .column(_, let type, _):
                return InputColumn.Kind(type).map {
                    TensorDescription(name: name, elementType: $0.elementType, shape: [-1])
                }
            case .tensor(_, let dtype, let shape):
                return elementTypes[dtype].map { TensorDescription(name: name, elementType: $0, shape: shape) }
            }
        }
        return outputs.isEmpty ? [TensorDescription(name: soleOutput, elementType: .double, shape: [-1])] : outputs
    }
}

extension InputColumn.Kind {
    /// The elements of a column of this kind.
    fileprivate var elementType: ElementType {
        switch self {
        case .boolean: .bool
        case .integer: .int32
        case .long: .int64
        case .float: .float
        case .double: .double
        case .string: .string
        }
    }
}
