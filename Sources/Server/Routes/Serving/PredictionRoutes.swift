import HTTPTypes
import Hummingbird
import Kernel
import Ledger
import NIOCore
import Serving

/// Predictions, in every protocol that is spoken over REST.
struct PredictionRoutes {
    private static let endpointHeader = HTTPField.Name(validated: "X-Martlet-Endpoint")
    private static let requestIDHeader = HTTPField.Name(validated: "X-Request-Id")
    private static let jsonLengthHeader = HTTPField.Name(validated: "Inference-Header-Content-Length")
    let serving: ServingService

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        router.post("predict") { request, context in try await answer(request, context, .one(model: nil)) }
        router.post("predict/batch") { request, context in try await answer(request, context, .many) }
        router.post("api/v1/mlflow/serve/:model") { request, context in
            let model = try context.parameters.require("model")
            return try await answer(request, context, .one(model: PercentEncoding.decode(model) ?? model))
        }
        router.post("invocations") { request, context in
            try await invoke(request, context, endpoint: request.headers[Self.endpointHeader])
        }
        router.post("endpoints/:name/invocations") { request, context in
            try await invoke(request, context, endpoint: try EndpointRoutes.name(context))
        }
        for path in ["v2/models/:model/infer", "v2/models/:model/versions/:version/infer"] as [RouterPath] {
            router.post(path, use: infer)
        }
    }

    private func invoke(
        _ request: Request,
        _ context: MartletContext,
        endpoint: String?
    ) async throws -> Response {
        let type = request.headers[.contentType] ?? "application/json"
        let kind = type.prefix { $0 != ";" && $0 != " " }.lowercased()
        guard kind == "application/json" || kind == "text/csv" else {
            return .json(status: .unsupportedMediaType) { writer in
                writer.object { writer in
                    writer.member("error_code", MartletError.Code.badRequest.rawValue)
                    writer.member("message", "The body must be application/json or text/csv.")
                }
            }
        }
        return try await answer(request, context, .invocation(isCSV: kind == "text/csv", endpoint: endpoint))
    }

    @Sendable private func infer(_ request: Request, _ context: MartletContext) async throws -> Response {
        let coding = try ContentCoding.named(by: request.headers[.contentEncoding])
        let name = try InferenceProtocolRoutes.model(context)
        let jsonBytes = try request.headers[Self.jsonLengthHeader].map { text in
            guard let length = Int(text), length >= 0 else {
                throw MartletError(.badRequest, "Inference-Header-Content-Length must be a number of bytes")
            }
            return length
        }
        let form = PredictionForm.inference(
            endpoint: name,
            version: InferenceProtocolRoutes.version(context),
            jsonBytes: jsonBytes
        )
        return try await answer(request, context, form, decoding: coding, accepted: request.headers[.acceptEncoding])
    }

    private func answer(
        _ request: Request,
        _ context: MartletContext,
        _ form: PredictionForm,
        decoding: ContentCoding? = nil,
        accepted: String? = nil
    ) async throws -> Response {
        try serving.admit(context.actor.name)
        let form = try await form.numbered(by: serving)
        let sent = try await request.bytes()
        let body = try await Self.decoded(sent, decoding)
        func read(version: String?) throws -> PredictionForm.Read {
            try body.withUnsafeReadableBytes { bytes in
                try form.read(bytes, serving, version: version) { name in
                    HTTPField.Name(name).flatMap { request.headers[$0] }
                }
            }
        }
        let call: PredictionForm.Read
        do {
            call = try read(version: nil)
        } catch let asked as SemanticVersionAsked {
            call = try read(version: try await serving.number(of: asked))
        }
        return Self.response(call.written(try await serving.run(call.call)), accepted: accepted)
    }

    /// What was sent, unpacked on a thread that takes no connections: a few bytes may become very many.
    private static func decoded(_ sent: ByteBuffer, _ coding: ContentCoding?) async throws -> ByteBuffer {
        guard let coding else { return sent }
        return try await Task { try coding.decoded(sent) }.value
    }

    /// The answer that goes over the wire, compressed where `accepted`, the codings that its caller takes, has it so.
    static func response(_ written: PredictionForm.Written, accepted: String? = nil) -> Response {
        let type = written.jsonBytes == nil ? "application/json" : "application/octet-stream"
        var headers: HTTPFields = [.contentType: type]
        if let length = written.jsonBytes { headers[jsonLengthHeader] = String(length) }
        if let ids = written.requestIDs { headers[requestIDHeader] = ids }
        var bytes = written.bytes
        if let coding = ContentCoding.answering(accepted, count: bytes.count) {
            bytes = coding.encoded(bytes)
            headers[.contentEncoding] = coding.rawValue
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
