import Inference
package import Kernel

extension ServingService {
    /// The call that an inference request of the Open Inference Protocol asks for, and how it wants its answer.
    ///
    /// - Parameters:
    ///   - body: the whole body; not needed any more afterwards.
    ///   - jsonBytes: the length of the JSON at the start of `body`, where raw tensors follow it; nil for none.
    ///   - name: the endpoint in the path.
    ///   - version: the version in the path, nil for any.
    ///   - header: as for ``predictCall(_:model:many:header:)``.
    /// - Returns: the call, to be run, and how its answer is to be written.
    /// - Throws: as ``predictCall(_:model:many:header:)``.
    package func inferenceCall(
        _ body: UnsafeRawBufferPointer,
        jsonBytes: Int?,
        endpoint name: String,
        version: String?,
        header: (String) -> String? = { _ in nil }
    ) throws -> (call: PredictionCall, answer: InferenceAnswer) {
        let start = ContinuousClock.now
        let route = try inferred(name, version)
        var answer = InferenceAnswer()
        let json = jsonBytes.map { UnsafeRawBufferPointer(rebasing: body.prefix($0)) } ?? body
        let key = { key in RequestKey.text(key, json, header: header) }
        let call = try call(route, key, header, start) { model, variant in
            try model.plan.checkReadable()
            let read = try InferenceBody(
                body,
                jsonBytes: jsonBytes,
                model.plan,
                endpoint: route.served.endpoint.name,
                variant.variant.outputs
            )
            answer = read.answer
            return read.inputs
        }
        return (call, answer)
    }

    /// The same of a request whose tensors are not in JSON.
    ///
    /// - Throws: as the other.
    package func inferenceCall(
        _ request: InferenceRequest,
        endpoint name: String,
        version: String?,
        header: (String) -> String? = { _ in nil }
    ) throws -> (call: PredictionCall, answer: InferenceAnswer) {
        let start = ContinuousClock.now
        let route = try inferred(name, version)
        var answer = InferenceAnswer()
        let key = { key in RequestKey.text(key, request.parameters, header: header) }
        let call = try call(route, key, header, start) { model, variant in
            try model.plan.checkReadable()
            answer = try request.answer(variant.variant.outputs)
            return try request.inputs(model.plan, endpoint: route.served.endpoint.name)
        }
        return (call, answer)
    }

    /// The endpoint that answers for `name` in the Open Inference Protocol.
    ///
    /// - Throws: `ENDPOINT_NOT_FOUND` in Triton's words.
    private func inferred(_ name: String, _ version: String?) throws -> Route {
        do {
            return try routes.route(model: name, version: version)
        } catch let error as MartletError where error.code == .endpointNotFound {
            throw Self.unknownModel(name, version)
        }
    }

    /// What the Open Inference Protocol's callers are told of a model that is not there, in Triton's words.
    package static func unknownModel(_ name: String, _ version: String?) -> MartletError {
        let asked = version.map { "'\(name.prefix(256))' version \($0.prefix(50))" } ?? "'\(name.prefix(256))'"
        return MartletError(.endpointNotFound, "Request for unknown model: \(asked) is not found")
    }
}
