import Inference
import Kernel

/// The value of an event: a row as an object by column or a list in the signature's order, or a body of `/predict`,
/// `/predict/batch`, `/invocations` or the Open Inference Protocol.
///
/// A member is a protocol's only where the model has no column of its name. Columns that the model does not know are
/// dropped, as an event says more than a model asks; a body is read as its own path reads it.
struct StreamBody {
    /// The inputs.
    let inputs: ModelInputs
    /// Whether the answer is a list, for each row one.
    let isList: Bool

    private static let invocations = ["dataframe_split", "dataframe_records", "instances"]

    private init(_ inputs: ModelInputs, isList: Bool) {
        self.inputs = inputs
        self.isList = isList
    }

    /// The value in `bytes` for `model`.
    ///
    /// - Throws: `BAD_REQUEST`, or `INVALID_PARAMETER_VALUE` that names the column.
    init(_ bytes: UnsafeRawBufferPointer, _ model: LoadedModel) throws {
        let plan = model.plan
        try plan.checkReadable()
        if let matrix = plan.matrix, let row = try PredictionBodyReader.row(bytes, 0..<bytes.count, matrix) {
            self.init(row, isList: false)
            return
        }
        let json: JSON
        do throws(JSONSyntaxError) {
            json = try JSON.parse(raw: bytes)
        } catch {
            throw MartletError(.badRequest, "The value is \(error)", cause: error)
        }
        if let object = json.objectValue {
            func has(_ name: String) -> Bool { object[name] != nil && plan.names.column(name, guess: 0) == nil }
            if Self.invocations.contains(where: has) {
                self.init(try InvocationBody.inputs(bytes, plan), isList: true)
                return
            }
            if let inputs = object["inputs"], has("inputs") {
                try self.init(body: bytes, inputs, model)
                return
            }
        }
        guard json.objectValue != nil || json.arrayValue != nil else {
            throw MartletError(.badRequest, "The value must be a row, an object or a list, found \(json.kind)")
        }
        var builder = InputBuilder(plan, unknown: .drop)
        try builder.append(only: json)
        self.init(try builder.finish(), isList: false)
    }

    /// A body with the member `inputs`.
    private init(body bytes: UnsafeRawBufferPointer, _ inputs: JSON, _ model: LoadedModel) throws {
        let plan = model.plan
        let first = inputs.arrayValue?.first
        if let tensor = first?.objectValue, tensor["datatype"] != nil, tensor["name"] != nil {
            let body = try InferenceBody(bytes, jsonBytes: nil, plan, endpoint: "", model.outputs)
            self.init(body.inputs, isList: true)
            return
        }
        // A list of lists is rows, unless it may be the one tensor that the model takes.
        let isList = first?.objectValue != nil || (first?.arrayValue != nil && !plan.columns.isEmpty)
        self.init(try PredictBody(bytes).inputs(plan, rows: isList ? .many : .one), isList: isList)
    }
}
