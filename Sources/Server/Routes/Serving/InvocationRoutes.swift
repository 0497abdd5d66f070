import HTTPTypes
import Hummingbird
import Kernel
import NIOCore
import Serving

/// MLflow's scoring protocol, which its own clients speak to a served model.
struct InvocationRoutes {
    private static let endpointHeader = HTTPField.Name(validated: "X-Martlet-Endpoint")
    let serving: ServingService

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        router.post("invocations", use: invoke)
        router.get("ping") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "\n"))
            )
        }
    }

    @Sendable private func invoke(_ request: Request, _ context: MartletContext) async throws -> Response {
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
        let body = try await request.bytes()
        let endpoint = request.headers[Self.endpointHeader]
        let call = try body.withUnsafeReadableBytes { bytes in
            try serving.invocationCall(bytes, isCSV: kind == "text/csv", endpoint: endpoint)
        }
        let prediction = try await serving.run(call)
        return .json { prediction.writeInvocationAnswer(to: &$0) }
    }
}
