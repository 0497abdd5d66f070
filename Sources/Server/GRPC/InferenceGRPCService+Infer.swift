import FoundationEssentials
import GRPCCore
import Inference
import Kernel
import Ledger
import OpenInferenceMessages
import Serving
import SwiftProtobuf

extension InferenceGRPCService {
    /// What the model answers, and what ``Prediction/idsText`` says of it.
    func infer(_ message: Inference_ModelInferRequest, for caller: Caller) async throws
        -> (answer: Inference_ModelInferResponse, requestIDs: String?)
    {
        try serving.admit(caller.actor.name)
        let version = try await serving.numbered(message.modelVersion.given, of: message.modelName)
        let (call, answer) = try serving.inferenceCall(
            try InferenceRequest(message),
            endpoint: message.modelName,
            version: version,
            header: { name in caller.metadata[stringValues: name].first { _ in true } }
        )
        let prediction = try await serving.run(call)
        return (Inference_ModelInferResponse(prediction, answer), prediction.idsText)
    }
}

extension InferenceRequest {
    /// The request in `message`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when its tensors are given in two ways or in none.
    fileprivate init(_ message: Inference_ModelInferRequest) throws {
        let raw = message.rawInputContents
        guard raw.isEmpty || raw.count == message.inputs.count else {
            throw MartletError(
                .invalidParameterValue,
                "expected \(message.inputs.count) elements of raw_input_contents, one for each input, found \(raw.count)"
            )
        }
        let inputs = try message.inputs.enumerated().map { index, input in
            guard input.parameters["shared_memory_region"] == nil else {
                throw MartletError(
                    .invalidParameterValue,
                    "input \"\(input.name.prefix(200))\": shared memory is not offered"
                )
            }
            guard raw.isEmpty || !input.hasContents else {
                throw MartletError(
                    .invalidParameterValue,
                    "contents field must not be specified when using raw_input_contents for "
                        + "'\(input.name.prefix(200))' for model '\(message.modelName.prefix(256))'"
                )
            }
            return Input(
                name: input.name,
                datatype: input.datatype,
                shape: input.shape,
                contents: raw.isEmpty ? .typed(input.contents.typed(input.datatype)) : .raw(raw[index])
            )
        }
        let outputs = try message.outputs.map { output in
            guard output.parameters["shared_memory_region"] == nil else {
                throw MartletError(
                    .invalidParameterValue,
                    "output \"\(output.name.prefix(200))\": shared memory is not offered"
                )
            }
            return Output(name: output.name, classCount: output.parameters["classification"]?.int64Param ?? 0)
        }
        self.init(
            id: message.id,
            inputs: inputs,
            outputs: outputs,
            parameters: message.parameters.compactMapValues(\.text)
        )
    }
}

extension Inference_InferParameter {
    /// A text, a number or a flag as text.
    fileprivate var text: String? {
        switch parameterChoice {
        case .stringParam(let text): text
        case .int64Param(let number): String(number)
        case .uint64Param(let number): String(number)
        case .doubleParam(let number): String(number)
        case .boolParam(let flag): String(flag)
        case nil: nil
        }
    }
}

extension Inference_InferTensorContents {
    /// The elements of a tensor of kind `datatype`, from where they lie for it.
    fileprivate func typed(_ datatype: String) -> InferenceRequest.TypedContents {
        switch datatype {
        case "BOOL": .bool(boolContents)
        case "INT8", "INT16", "INT32": .int32(intContents)
        case "INT64": .int64(int64Contents)
        case "UINT8", "UINT16", "UINT32": .uint32(uintContents)
        case "UINT64": .uint64(uint64Contents)
        case "FP32": .float(fp32Contents)
        case "FP64": .double(fp64Contents)
        default: .bytes(bytesContents)
        }
    }
}

extension Inference_ModelInferResponse {
    /// The answer that is `prediction`, its tensors raw, as Triton gives them.
    fileprivate init(_ prediction: Prediction, _ answer: InferenceAnswer) {
        self.init()
        modelName = prediction.endpoint.name
        modelVersion = String(prediction.variant.version)
        id = answer.id ?? ""
        for output in answer.chosen(prediction) {
            outputs.append(
                .with {
                    $0.name = output.name
                    $0.datatype = output.tensor.elementType.datatype
                    $0.shape = output.tensor.shape.map { Int64($0) }
                }
            )
            var raw: [UInt8] = []
            output.tensor.values.appendRaw(to: &raw)
            rawOutputContents.append(Data(raw))
        }
    }
}
