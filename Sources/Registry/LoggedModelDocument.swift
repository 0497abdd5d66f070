package import Kernel

/// What the file `MLmodel` beside a model's files says of them.
package struct LoggedModelDocument: Sendable {
    /// The name of the file.
    package static let fileName = "MLmodel"
    /// A larger file is refused.
    static let sizeBytesMax = 4 << 20

    /// How the model can be loaded, by flavor: `onnx`, `sklearn`, `python_function`, ….
    package let flavors: [String: JSONObject]
    /// The model's ONNX file relative to the folder (`model.onnx`), nil when it is no ONNX model.
    package let onnxFile: String?
    /// What it takes and gives; nil when not declared.
    package let signature: ModelSignature?
    /// The run that made it.
    package let runID: RunID?
    /// The id that MLflow gave the model when it was saved.
    package let modelUUID: String?
    /// The logged model that it is, from MLflow 3 on.
    package let loggedModelID: LoggedModelID?
}

extension LoggedModelDocument {
    /// The document in the `MLmodel` file of `bytes`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` with what is wrong.
    package init(yaml bytes: [UInt8]) throws {
        guard bytes.count <= Self.sizeBytesMax else { throw Self.tooLarge }
        guard let root = try YAMLReader.read(bytes).objectValue else {
            throw MartletError(.invalidParameterValue, "MLmodel: it is not a mapping")
        }
        var flavors: [String: JSONObject] = [:]
        for member in root["flavors"]?.objectValue?.members ?? [] {
            flavors[member.name] = member.value.objectValue ?? JSONObject()
        }
        self.flavors = flavors
        onnxFile = flavors["onnx"].map { $0["data"]?.stringValue ?? "model.onnx" }
        signature = try root["signature"]?.objectValue.map { try ModelSignature($0) }
        runID = root["run_id"]?.stringValue.map { RunID($0) }
        modelUUID = root["model_uuid"]?.stringValue
        loggedModelID = root["model_id"]?.stringValue.map { LoggedModelID($0) }
    }

    static var tooLarge: MartletError {
        MartletError(.invalidParameterValue, "MLmodel: it is larger than \(sizeBytesMax >> 20) MiB")
    }
}
