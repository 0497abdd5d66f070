import Inference
import Kernel

/// The JSON body of `/invocations`, MLflow's scoring protocol (3.18).
///
/// An object with exactly one of `dataframe_split`, `dataframe_records`, `instances` and `inputs`; other members are
/// ignored, and so are columns that the signature does not name.
enum InvocationBody {
    private static let kinds = ["dataframe_split", "dataframe_records", "instances", "inputs"]

    /// The inputs in `bytes` for a model with `plan`.
    ///
    /// - Throws: `BAD_REQUEST` for another body, `INVALID_PARAMETER_VALUE` that names row and column.
    static func inputs(_ bytes: UnsafeRawBufferPointer, _ plan: InputPlan) throws -> ModelInputs {
        if let matrix = plan.matrix, let outline = BodyOutline(bytes), outline.memberCount == 1,
            let fast = try fast(bytes, outline, matrix)
        {
            return fast
        }
        let document = try BodyDocument.object(bytes)
        let found = kinds.filter { document[$0] != nil }
        guard found.count == 1, let kind = found.first, let value = document[kind] else {
            throw MartletError(
                .badRequest,
                "The body must have exactly one of \(kinds.joined(separator: ", ")); found "
                    + (found.isEmpty ? "none" : found.joined(separator: ", "))
            )
        }
        return switch kind {
        case "dataframe_split": try split(value, plan)
        case "inputs": try whole(value, plan)
        default: try rows(value, plan, kind)
        }
    }

    private static func fast(
        _ bytes: UnsafeRawBufferPointer,
        _ outline: BodyOutline,
        _ matrix: MatrixPlan
    ) throws(InferenceError) -> ModelInputs? {
        if let range = outline.dataframeSplit { return try PredictionBodyReader.split(bytes, range, matrix) }
        guard let range = outline.inputs ?? outline.dataframeRecords ?? outline.instances else { return nil }
        return try PredictionBodyReader.rows(bytes, range, matrix)
    }

    /// The rows in the list `value`, which the body calls `kind`.
    static func rows(_ value: JSON, _ plan: InputPlan, _ kind: String) throws -> ModelInputs {
        guard case .array(let rows) = value else {
            throw MartletError(.badRequest, "\(kind): expected a list, found \(value.found)")
        }
        var builder = InputBuilder(plan, unknown: .drop)
        for row in rows { try builder.append(row) }
        return try builder.finish()
    }

    /// The rows of the data frame `value`, whose columns and data lie apart.
    static func split(_ value: JSON, _ plan: InputPlan) throws -> ModelInputs {
        guard let frame = value.objectValue, let rows = frame["data"]?.arrayValue else {
            throw MartletError(.badRequest, "dataframe_split: expected an object with a list \"data\"")
        }
        var places: [Int?]?
        if let columns = frame["columns"], columns != .null {
            let names = (columns.arrayValue ?? []).compactMap(\.stringValue)
            guard names.count == columns.arrayValue?.count else {
                throw MartletError(.badRequest, "dataframe_split: \"columns\" must be a list of names")
            }
            guard Set(names.map { Array($0.utf8) }).count == names.count else {
                throw MartletError(.badRequest, "dataframe_split: \"columns\" must not name a column twice")
            }
            places = plan.places(of: names)
        }
        var builder = InputBuilder(plan, unknown: .drop)
        for (index, row) in rows.enumerated() {
            guard let elements = row.arrayValue else {
                throw MartletError(.badRequest, "dataframe_split, row \(index): expected a list, found \(row.found)")
            }
            if let places { try builder.append(elements, at: places) } else { try builder.append(row) }
        }
        return try builder.finish()
    }

    /// `inputs`: rows, or for each column its values, or whole tensors with a dimension for rows.
    private static func whole(_ value: JSON, _ plan: InputPlan) throws -> ModelInputs {
        guard case .object(let byName) = value else {
            guard case .tensors = plan.form, plan.inputs.count == 1, !plan.inputs[0].isBatched else {
                return try rows(value, plan, "inputs")
            }
            return try WholeTensors.inputs(JSONObject([(plan.inputs[0].name, value)]), plan)
        }
        if case .tensors = plan.form { return try WholeTensors.inputs(byName, plan) }
        let columns = byName.members.map { ($0.name, $0.value.arrayValue ?? [$0.value]) }
        let count = columns.first?.1.count ?? 0
        if let other = columns.first(where: { $0.1.count != count }) {
            throw MartletError(
                .invalidParameterValue,
                "inputs: column \"\(other.0)\" has \(other.1.count) values, \"\(columns[0].0)\" has \(count)"
            )
        }
        let places = columns.enumerated().map { plan.names.column($1.0, guess: $0) }
        var builder = InputBuilder(plan, unknown: .drop)
        for row in 0..<count { try builder.append(columns.map { $0.1[row] }, at: places) }
        return try builder.finish()
    }
}

extension InputPlan {
    /// For each of a data frame's columns the column or input that it is; nil when the frame's rows are, as they
    /// stand, rows of the model's one unnamed tensor.
    func places(of names: [String]) -> [Int?]? {
        let places = names.enumerated().map { self.names.column($1, guess: $0) }
        if case .tensors = form, inputs.count == 1, places.allSatisfy({ $0 == nil }) { return nil }
        return places
    }
}

/// Whole tensors by input name, their first dimension counting rows.
enum WholeTensors {
    /// The inputs that `byName` gives; names that the model does not have are dropped.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` that names the input.
    static func inputs(_ byName: JSONObject, _ plan: InputPlan) throws -> ModelInputs {
        var tensors: [NamedTensor] = []
        for input in plan.inputs {
            guard let json = byName[input.name] else {
                throw MartletError(.invalidParameterValue, "inputs: input \"\(input.name)\" is missing")
            }
            var buffer = ElementBuffer(input.elementType)
            let shape: [Int]
            do throws(NestedList.Misfit) {
                shape = try NestedList(json, into: &buffer).shape
            } catch {
                throw MartletError(.invalidParameterValue, "inputs: input \"\(input.name)\": \(error.reason)")
            }
            tensors.append(NamedTensor(name: input.name, tensor: try Tensor(buffer.values, shape: shape)))
        }
        return ModelInputs(rows: rows(of: tensors), tensors: tensors)
    }

    /// The length that the first dimension of all tensors has, 1 when they have none in common.
    static func rows(of tensors: [NamedTensor]) -> Int {
        guard let rows = tensors.first?.tensor.shape.first,
            tensors.allSatisfy({ $0.tensor.shape.first == rows })
        else { return 1 }
        return rows
    }
}
