import Kernel
import Serving

/// A request for predictions in one of the protocols: how its body is read, and how its answer is written.
enum PredictionForm {
    /// `/predict`, and `/api/v1/mlflow/serve/{model}` where the path names the model.
    case one(model: String?)
    /// `/predict/batch`.
    case many
    /// `/invocations`, and `/endpoints/{endpoint}/invocations`.
    case invocation(isCSV: Bool, endpoint: String?)
    /// `/v2/models/{endpoint}/infer`; `jsonBytes` where raw tensors follow the JSON.
    case inference(endpoint: String, version: String?, jsonBytes: Int?)

    /// Whether it is of the Open Inference Protocol, whose bodies may be compressed.
    var isInference: Bool {
        if case .inference = self { true } else { false }
    }

    /// The same with the number of the version that a path may call by its semantic one.
    ///
    /// - Throws: as ``ServingService/numbered(_:of:)``.
    func numbered(by serving: ServingService) async throws -> PredictionForm {
        guard case .inference(let endpoint, let version?, let jsonBytes) = self else { return self }
        let number = try await serving.numbered(version, of: endpoint)
        return .inference(endpoint: endpoint, version: number, jsonBytes: jsonBytes)
    }

    /// A request that has been read, and how its answer is written.
    struct Read: Sendable {
        let call: PredictionCall
        fileprivate let write: @Sendable (Prediction) -> Written

        /// The answer's body.
        func written(_ prediction: Prediction) -> Written { write(prediction) }
    }

    /// An answer's body.
    struct Written: Sendable {
        let bytes: [UInt8]
        /// The length of the JSON at the start where raw tensors follow it.
        var jsonBytes: Int?
        /// What ``Prediction/idsText`` says, where the body does not.
        var requestIDs: String?
    }

    /// Reads the request in `body`, which is not needed any more afterwards.
    ///
    /// - Parameters:
    ///   - body: the whole body.
    ///   - serving: who answers.
    ///   - version: the number of the version that the body calls by a semantic one, once it is known.
    ///   - header: answers the value of the request's header by its name in lower case.
    /// - Returns: the request.
    /// - Throws: as ``ServingService`` does.
    func read(
        _ body: UnsafeRawBufferPointer,
        _ serving: ServingService,
        version: String? = nil,
        header: (String) -> String?
    ) throws -> Read {
        switch self {
        case .one(let model):
            let call = try serving.predictCall(body, model: model, version: version, header: header)
            return Read(call: call) { prediction in Self.json { prediction.writeAnswer(to: &$0) } }
        case .many:
            let call = try serving.predictCall(body, many: true, version: version, header: header)
            return Read(call: call) { prediction in Self.json { prediction.writeBatchAnswer(to: &$0) } }
        case .invocation(let isCSV, let endpoint):
            let call = try serving.invocationCall(body, isCSV: isCSV, endpoint: endpoint, header: header)
            return Read(call: call) { prediction in
                var written = Self.json { prediction.writeInvocationAnswer(to: &$0) }
                written.requestIDs = prediction.idsText
                return written
            }
        case .inference(let endpoint, let version, let jsonBytes):
            let (call, answer) = try serving.inferenceCall(
                body,
                jsonBytes: jsonBytes,
                endpoint: endpoint,
                version: version,
                header: header
            )
            return Read(call: call) { prediction in
                let (bytes, jsonBytes) = answer.body(prediction)
                return Written(bytes: bytes, jsonBytes: jsonBytes, requestIDs: prediction.idsText)
            }
        }
    }

    private static func json(_ body: (inout JSONWriter) -> Void) -> Written {
        var writer = JSONWriter(capacity: 512)
        body(&writer)
        return Written(bytes: writer.bytes)
    }
}
