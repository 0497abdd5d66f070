import HTTPTypes
import Hummingbird
import Kernel
import NIOCore

/// OpenTelemetry's own address for spans.
///
/// MLflow's clients send each span here as it ends, and all of a trace's spans again as an artifact, which is what is
/// kept. Others are told so in the way of OpenTelemetry, by the message of a partial success.
struct SpanRoutes {
    private static let message =
        "Not kept: this server keeps the spans that an MLflow client uploads with its trace."
    private static let types = ["application/x-protobuf", "application/json"]

    func add(to router: Router<MartletContext>) {
        router.post("v1/traces", use: receive)
    }

    @Sendable private func receive(_ request: Request, _ context: MartletContext) async throws -> Response {
        let given = request.headers[.contentType] ?? ""
        let type = given.split(separator: ";").first.map { $0.filter { $0 != " " }.lowercased() } ?? ""
        guard Self.types.contains(type) else {
            throw MartletError(
                .badRequest,
                "Invalid Content-Type: \(given.prefix(100)). Expected: application/x-protobuf or application/json"
            )
        }
        try await request.skipBody()
        guard type == "application/json" else {
            return Response(
                status: .ok,
                headers: [.contentType: type],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: Self.protobuf))
            )
        }
        return .json { writer in
            writer.object { writer in
                writer.member("partialSuccess") { $0.member("errorMessage", Self.message) }
            }
        }
    }

    /// `ExportTraceServiceResponse`: its field 1, `partial_success`, whose field 2 is the message. Both lengths are
    /// below 128, and so of one byte.
    private static var protobuf: [UInt8] {
        let text = Array(message.utf8)
        let partial = [0x12, UInt8(text.count)] + text
        return [0x0A, UInt8(partial.count)] + partial
    }
}
