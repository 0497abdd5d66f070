import Inference
import Kernel

/// The body of `/predict`, `/predict/batch` and `/api/v1/mlflow/serve/{model}`.
///
/// `{"model_name", "model_version"?, "inputs"}`. Of one row `inputs` is an object by column, or a list in the
/// signature's order, by itself or in a list of its own; of several it is a list of such. A model whose signature has
/// no columns takes its input's row as lists nested like its shape, or flat, or an object by input name. `options` are
/// those of ``PredictOptions``; other members are ignored.
struct PredictBody {
    /// How many rows a body may have.
    enum Rows: Sendable {
        case one, many
    }

    private let bytes: UnsafeRawBufferPointer
    private let outline: BodyOutline?
    private let document: JSONObject?
    /// The model asked for, if one is named.
    let modelName: String?
    /// The version asked for, in digits or otherwise, if one is named.
    let modelVersion: String?
    /// What is wanted beside the predictions; nil for nothing.
    let options: PredictOptions?

    /// The body in `bytes`, which must outlive it.
    ///
    /// - Throws: `BAD_REQUEST` when it is no JSON object, `INVALID_PARAMETER_VALUE` when a name is no text.
    init(_ bytes: UnsafeRawBufferPointer) throws {
        self.bytes = bytes
        if let outline = BodyOutline(bytes), outline.inputs != nil {
            let cursor = ByteCursor(bytes)
            let name = outline.modelName.flatMap { cursor.quoted($0) }
            let version = outline.modelVersion.flatMap { cursor.quoted($0) }
            // Whatever else is there has been stepped over without a check.
            if outline.memberCount == 1 + (name == nil ? 0 : 1) + (version == nil ? 0 : 1) {
                self.outline = outline
                document = nil
                modelName = name
                modelVersion = version
                options = nil
                return
            }
        }
        let document = try BodyDocument.object(bytes)
        outline = nil
        self.document = document
        modelName = try Self.text(document, "model_name")
        modelVersion = try Self.text(document, "model_version")
        options = try PredictOptions(document)
    }

    /// The rows as inputs of a model with `plan`.
    ///
    /// - Throws: `BAD_REQUEST`, or `INVALID_PARAMETER_VALUE` that names row and column.
    func inputs(_ plan: InputPlan, rows: Rows) throws -> ModelInputs {
        if let matrix = plan.matrix, let range = outline?.inputs {
            let fast =
                switch rows {
                case .one: try PredictionBodyReader.row(bytes, range, matrix)
                case .many: try PredictionBodyReader.rows(bytes, range, matrix)
                }
            if let fast { return fast }
        }
        guard let inputs = try (document ?? BodyDocument.object(bytes))["inputs"] else {
            throw MartletError(.invalidParameterValue, "The body must have the member \"inputs\"")
        }
        var builder = InputBuilder(plan, unknown: .refuse)
        switch rows {
        case .one:
            if let several = inputs.arrayValue, several.count > 1, several.allSatisfy({ $0.objectValue != nil }) {
                throw MartletError(
                    .invalidParameterValue,
                    "inputs: expected one row, found \(several.count); POST /predict/batch takes several"
                )
            }
            try builder.append(only: inputs)
        case .many:
            guard case .array(let rows) = inputs else {
                throw MartletError(.invalidParameterValue, "inputs: expected a list of rows, found \(inputs.found)")
            }
            for row in rows { try builder.append(row) }
        }
        return try builder.finish()
    }

    /// A text, or a number in digits.
    private static func text(_ document: JSONObject, _ name: String) throws -> String? {
        switch document[name] {
        case nil, .null: return nil
        case .string(let text): return text
        case .integer(let number): return String(number)
        case let other?:
            throw MartletError(.invalidParameterValue, "\(name): expected a string, found \(other.found)")
        }
    }
}

/// A body read in full.
enum BodyDocument {
    /// The object that `bytes` spell.
    ///
    /// - Throws: `BAD_REQUEST` when they are no JSON, or another value.
    static func object(_ bytes: UnsafeRawBufferPointer) throws -> JSONObject {
        let json: JSON
        do throws(JSONSyntaxError) {
            json = try JSON.parse(raw: bytes)
        } catch {
            throw MartletError(.badRequest, "The body is \(error)", cause: error)
        }
        guard case .object(let object) = json else {
            throw MartletError(.badRequest, "The body must be a JSON object, found \(json.found)")
        }
        return object
    }
}

extension ByteCursor {
    /// The text of the string that lies at `range`, quotes included; nil for another value, and where the bytes are
    /// not UTF-8.
    func quoted(_ range: Range<Int>) -> String? {
        guard slice(range).first == UInt8(ascii: "\"") else { return nil }
        return text(range.lowerBound + 1..<range.upperBound - 1)
    }
}
