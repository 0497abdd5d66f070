import Inference
import Kernel

/// An inference request of the Open Inference Protocol (REST, v2), with the extension for raw tensors.
///
/// The inputs are the model's own, by name, whatever its signature says. `data` is flat or nested like the shape.
struct InferenceBody {
    /// The inputs.
    let inputs: ModelInputs
    /// How the answer is wanted.
    let answer: InferenceAnswer

    /// The request in `bytes` to the endpoint `name`, whose model has `plan` and answers `outputs`.
    ///
    /// `jsonBytes` is the length of the JSON at the start of `bytes`, where raw tensors follow it; 0 when there is no
    /// JSON and the bytes are the one input's; nil when all is JSON.
    /// - Throws: `BAD_REQUEST` and `INVALID_PARAMETER_VALUE`, naming the input.
    init(
        _ bytes: UnsafeRawBufferPointer,
        jsonBytes: Int?,
        _ plan: InputPlan,
        endpoint name: String,
        _ outputs: [TensorDescription]
    ) throws {
        if jsonBytes == 0 {
            inputs = try Self.rawInput(bytes, plan)
            answer = InferenceAnswer(isBinary: true)
            return
        }
        guard let jsonBytes else {
            if let matrix = plan.matrix, let outline = BodyOutline(bytes), let range = outline.inputs,
                outline.memberCount == (outline.id == nil ? 1 : 2)
            {
                let id = outline.id.flatMap { ByteCursor(bytes).quoted($0) }
                if (id == nil) == (outline.id == nil),
                    let inputs = try PredictionBodyReader.tensor(bytes, range, matrix)
                {
                    self.inputs = inputs
                    answer = InferenceAnswer(id: id)
                    return
                }
            }
            (inputs, answer) = try Self.read(bytes, raw: nil, plan, name, outputs)
            return
        }
        guard jsonBytes >= 1, jsonBytes <= bytes.count else {
            throw MartletError(
                .invalidParameterValue,
                "Inference-Header-Content-Length is \(jsonBytes), the body has \(bytes.count) bytes"
            )
        }
        let json = UnsafeRawBufferPointer(rebasing: bytes[..<jsonBytes])
        let raw = UnsafeRawBufferPointer(rebasing: bytes[jsonBytes...])
        (inputs, answer) = try Self.read(json, raw: raw, plan, name, outputs)
    }

    private static func read(
        _ bytes: UnsafeRawBufferPointer,
        raw: UnsafeRawBufferPointer?,
        _ plan: InputPlan,
        _ endpoint: String,
        _ outputs: [TensorDescription]
    ) throws -> (ModelInputs, InferenceAnswer) {
        let document = try BodyDocument.object(bytes)
        guard case .array(let given)? = document["inputs"], !given.isEmpty else {
            throw MartletError(.invalidParameterValue, "inputs: expected a list of tensors")
        }
        let named = try given.map { json in
            guard case .object(let object) = json, let name = object["name"]?.stringValue else {
                throw MartletError(.invalidParameterValue, "inputs: each must be an object with a name")
            }
            return (name: name, object: object)
        }
        var inputs = try InferenceInputs(
            plan,
            named: named.map(\.name),
            endpoint: endpoint,
            id: document["id"]?.stringValue
        )
        var offset = 0
        for (name, object) in named {
            let place = try inputs.place(of: name, datatype: object["datatype"]?.stringValue)
            let (values, shape) = try tensor(object, plan.inputs[place], raw, &offset)
            try inputs.put(values, shape: shape, at: place)
        }
        if let raw, offset != raw.count {
            throw MartletError(
                .invalidParameterValue,
                "\(raw.count) bytes follow the JSON, but the inputs' binary_data_size add up to \(offset)"
            )
        }
        return (try inputs.complete(), try answer(document, outputs))
    }

    private static func tensor(
        _ object: JSONObject,
        _ input: TensorDescription,
        _ raw: UnsafeRawBufferPointer?,
        _ offset: inout Int
    ) throws -> (values: Tensor.Values, shape: [Int]) {
        let shape = try shape(object, input)
        let count = try InferenceInputs.count(shape, input.name)
        if let size = object["parameters"]?.objectValue?["binary_data_size"] {
            guard let raw, let size = size.integerValue.flatMap({ Int(exactly: $0) }), size >= 0,
                raw.count - offset >= size
            else { throw fault(input.name, "its binary_data_size is more than the bytes that follow the JSON") }
            let part = UnsafeRawBufferPointer(rebasing: raw[offset..<offset + size])
            offset += size
            guard let values = Tensor.Values(raw: part, input.elementType, count: count) else {
                throw fault(input.name, "\(size) bytes are no \(input.elementType.datatype) of shape \(shape)")
            }
            return (values, shape)
        }
        guard let data = object["data"] else { throw fault(input.name, "has no data") }
        var buffer = ElementBuffer(input.elementType)
        let nested: NestedList
        do throws(NestedList.Misfit) {
            nested = try NestedList(data, into: &buffer)
        } catch {
            throw fault(input.name, error.reason)
        }
        let values = buffer.values
        guard nested.shape.count == 1 || nested.shape == shape, values.count == count else {
            throw fault(input.name, "its shape is \(shape), its data has \(values.count) elements")
        }
        return (values, shape)
    }

    private static func shape(_ object: JSONObject, _ input: TensorDescription) throws -> [Int] {
        let lengths = object["shape"]?.arrayValue?.map { $0.integerValue.flatMap { Int(exactly: $0) } }
        guard let lengths, lengths.count <= 32, lengths.allSatisfy({ ($0 ?? -1) >= 0 }) else {
            throw fault(input.name, "has no shape of whole numbers")
        }
        return lengths.compactMap { $0 }
    }

    /// The body is the one input's bytes, of one row.
    private static func rawInput(_ bytes: UnsafeRawBufferPointer, _ plan: InputPlan) throws -> ModelInputs {
        guard plan.inputs.count == 1, let input = plan.inputs.first, let declared = input.shape else {
            throw MartletError(.invalidParameterValue, "Only a model with one input can be given bytes without JSON")
        }
        let shape = declared.map { $0 < 0 ? 1 : $0 }
        let count = try InferenceInputs.count(shape, input.name)
        guard let values = Tensor.Values(raw: bytes, input.elementType, count: count) else {
            throw fault(input.name, "\(bytes.count) bytes are no \(input.elementType.datatype) of shape \(shape)")
        }
        let tensor = NamedTensor(name: input.name, tensor: try Tensor(values, shape: shape))
        return ModelInputs(rows: shape.first ?? 1, tensors: [tensor])
    }

    private static func fault(_ name: String, _ problem: String) -> MartletError {
        InferenceInputs.fault(name, problem)
    }
}

// MARK: Outputs

extension InferenceBody {
    private static func answer(_ document: JSONObject, _ outputs: [TensorDescription]) throws -> InferenceAnswer {
        var answer = InferenceAnswer()
        if let id = document["id"], id != .null {
            guard let text = id.stringValue else {
                throw MartletError(.invalidParameterValue, "id: expected a string, found \(id.found)")
            }
            answer.id = text
        }
        answer.isBinary = document["parameters"]?.objectValue?["binary_data_output"] == true
        guard let wanted = document["outputs"], wanted != .null else { return answer }
        guard case .array(let list) = wanted else {
            throw MartletError(.invalidParameterValue, "outputs: expected a list, found \(wanted.found)")
        }
        try InferenceAnswer.checkCount(list.count, of: outputs)
        answer.outputs = try list.map { json in
            guard let object = json.objectValue, let name = object["name"]?.stringValue else {
                throw MartletError(.invalidParameterValue, "outputs: each must be an object with a name")
            }
            let parameters = object["parameters"]?.objectValue
            guard parameters?["shared_memory_region"] == nil else {
                throw MartletError(
                    .invalidParameterValue,
                    "output \"\(name.prefix(200))\": shared memory is not offered"
                )
            }
            return try InferenceAnswer.Output(
                name: name,
                isBinary: parameters?["binary_data"].map { $0 == true } ?? answer.isBinary,
                classCount: try classCount(parameters?["classification"], name),
                of: outputs
            )
        }
        return answer
    }

    private static func classCount(_ json: JSON?, _ name: String) throws -> Int64? {
        guard let json, json != .null else { return nil }
        guard let count = json.integerValue else {
            throw MartletError(
                .invalidParameterValue,
                "output \"\(name.prefix(200))\": classification must be a whole number, found \(json.found)"
            )
        }
        return count
    }
}
