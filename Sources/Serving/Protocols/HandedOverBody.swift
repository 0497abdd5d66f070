import Inference
import Kernel

/// The body of `/invocations` for a model of Python: what MLflow would read as it is read here is read here, and all
/// else is left to MLflow, so that its casts and its errors are its own.
enum HandedOverBody {
    /// The inputs in `bytes` for a model with `plan`, or the bytes themselves.
    static func inputs(_ bytes: UnsafeRawBufferPointer, isCSV: Bool, _ plan: InputPlan) -> ModelInputs {
        if case .unusualBodies = plan.handsOver, !isCSV, let inputs = frame(bytes, plan) { return inputs }
        return ModelInputs(ModelInputs.Document(body: Array(bytes), isCSV: isCSV))
    }

    /// The inputs of a data frame in which every row has a plain value for every column; nil for any other body.
    private static func frame(_ bytes: UnsafeRawBufferPointer, _ plan: InputPlan) -> ModelInputs? {
        guard let document = try? BodyDocument.object(bytes), document.members.count == 1 else { return nil }
        let member = document.members[0]
        switch member.name {
        case "dataframe_split":
            guard let columns = member.value.objectValue?["columns"]?.arrayValue,
                isWhole(columns.map(\.stringValue), plan)
            else { return nil }
            return try? InvocationBody.split(member.value, plan)
        case "dataframe_records":
            guard let records = member.value.arrayValue,
                records.allSatisfy({ isWhole(($0.objectValue?.members ?? []).map(\.name), plan) })
            else { return nil }
            return try? InvocationBody.rows(member.value, plan, member.name)
        default:
            return nil
        }
    }

    /// Whether `names` has each of the plan's columns once. A column that is not there is not the same as one without
    /// values, to some models.
    private static func isWhole(_ names: [String?], _ plan: InputPlan) -> Bool {
        var isThere = [Bool](repeating: false, count: plan.names.count)
        for (index, name) in names.enumerated() {
            guard let name else { return false }
            guard let column = plan.names.column(name, guess: index) else { continue }
            guard !isThere[column] else { return false }
            isThere[column] = true
        }
        return !isThere.contains(false)
    }
}
