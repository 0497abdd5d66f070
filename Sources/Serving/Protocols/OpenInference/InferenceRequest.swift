package import FoundationEssentials
import Inference
import Kernel

/// An inference request of the Open Inference Protocol whose tensors are not in JSON: as gRPC brings it.
package struct InferenceRequest: Sendable {
    /// The elements of an input.
    package enum Contents: Sendable {
        /// As the binary extension has them.
        case raw(Data)
        /// One by one, in the widest type of their kind.
        case typed(TypedContents)
    }

    /// Elements in the types that the protocol's messages have for them.
    package enum TypedContents: Sendable {
        case bool([Bool])
        /// INT8, INT16 and INT32.
        case int32([Int32])
        case int64([Int64])
        /// UINT8, UINT16 and UINT32.
        case uint32([UInt32])
        case uint64([UInt64])
        case float([Float])
        case double([Double])
        case bytes([Data])
    }

    /// One input.
    package struct Input: Sendable {
        let name: String
        let datatype: String
        let shape: [Int64]
        let contents: Contents

        /// The input `name`, of kind `datatype` in the protocol's words.
        package init(name: String, datatype: String, shape: [Int64], contents: Contents) {
            self.name = name
            self.datatype = datatype
            self.shape = shape
            self.contents = contents
        }
    }

    /// One output that is asked for.
    package struct Output: Sendable {
        let name: String
        let classCount: Int64

        /// The output `name`, or its `classCount` largest elements where that is not 0.
        package init(name: String, classCount: Int64 = 0) {
            self.name = name
            self.classCount = classCount
        }
    }

    private let id: String
    private let inputs: [Input]
    private let outputs: [Output]
    /// What is said beside the inputs, as text.
    let parameters: [String: String]

    /// A request; of all outputs when `outputs` is empty.
    package init(id: String, inputs: [Input], outputs: [Output], parameters: [String: String] = [:]) {
        self.id = id
        self.inputs = inputs
        self.outputs = outputs
        self.parameters = parameters
    }

    /// The inputs for a model with `plan`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` that names the input.
    func inputs(_ plan: InputPlan, endpoint: String) throws -> ModelInputs {
        var read = try InferenceInputs(
            plan,
            named: inputs.map(\.name),
            endpoint: endpoint,
            id: id.isEmpty ? nil : id
        )
        for input in inputs {
            let place = try read.place(of: input.name, datatype: input.datatype)
            let lengths = input.shape.compactMap { Int(exactly: $0) }
            guard lengths.count <= 32, lengths.allSatisfy({ $0 >= 0 }) else {
                throw InferenceInputs.fault(input.name, "has no shape of whole numbers")
            }
            let count = try InferenceInputs.count(lengths, input.name)
            let values = input.contents.values(plan.inputs[place].elementType, count: count)
            guard let values, values.count == count else {
                throw InferenceInputs.fault(
                    input.name,
                    "its elements are no \(input.datatype) of shape \(lengths)"
                )
            }
            try read.put(values, shape: lengths, at: place)
        }
        return try read.complete()
    }

    /// How the answer is wanted, by a model with `outputs`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for an output that the model has not.
    func answer(_ described: [TensorDescription]) throws -> InferenceAnswer {
        var answer = InferenceAnswer(id: id.isEmpty ? nil : id, isBinary: true)
        guard !outputs.isEmpty else { return answer }
        try InferenceAnswer.checkCount(outputs.count, of: described)
        answer.outputs = try outputs.map { output in
            try InferenceAnswer.Output(
                name: output.name,
                isBinary: true,
                classCount: output.classCount == 0 ? nil : output.classCount,
                of: described
            )
        }
        return answer
    }
}

extension InferenceRequest.Contents {
    /// The elements as a model of `type` takes them; nil when they are not of that type or do not fit it.
    fileprivate func values(_ type: ElementType, count: Int) -> Tensor.Values? {
        switch self {
        case .raw(let data): data.withUnsafeBytes { Tensor.Values(raw: $0, type, count: count) }
        case .typed(let contents): contents.values(type)
        }
    }
}

extension InferenceRequest.TypedContents {
    fileprivate func values(_ type: ElementType) -> Tensor.Values? {
        switch (self, type) {
        case (.bool(let values), .bool): .bool(values)
        case (.int32(let values), .int32): .int32(values)
        case (.int32(let values), .int8): Self.narrowed(values).map { .int8($0) }
        case (.int32(let values), .int16): Self.narrowed(values).map { .int16($0) }
        case (.int64(let values), .int64): .int64(values)
        case (.uint32(let values), .uint32): .uint32(values)
        case (.uint32(let values), .uint8): Self.narrowed(values).map { .uint8($0) }
        case (.uint32(let values), .uint16): Self.narrowed(values).map { .uint16($0) }
        case (.uint64(let values), .uint64): .uint64(values)
        case (.float(let values), .float): .float(values)
        case (.double(let values), .double): .double(values)
        case (.bytes(let values), .string): Self.strings(values).map { .string($0) }
        default: nil
        }
    }

    private static func narrowed<Narrow: FixedWidthInteger>(_ values: [some FixedWidthInteger]) -> [Narrow]? {
        let narrow = values.compactMap { Narrow(exactly: $0) }
        return narrow.count == values.count ? narrow : nil
    }

    private static func strings(_ values: [Data]) -> [String]? {
        let texts = values.compactMap { String(validating: $0, as: UTF8.self) }
        return texts.count == values.count ? texts : nil
    }
}
