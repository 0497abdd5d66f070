import HTTPTypes
import Hummingbird
import Kernel
import NIOCore
import Synchronization

/// A call of MLflow's REST API.
struct MLflowCall: Sendable {
    let method: HTTPRequest.Method
    /// The path after `/api/2.0/`.
    private let place: String
    /// Sent as the query with GET, as a JSON body otherwise.
    let fields: JSONObject

    /// Reads by `path` below `/api/2.0/mlflow/`.
    static func get(_ path: String, _ fields: JSONObject) -> MLflowCall {
        MLflowCall(method: .get, place: "mlflow/\(path)", fields: fields)
    }

    /// Searches or changes by `path` below `/api/2.0/mlflow/`.
    static func post(_ path: String, _ fields: JSONObject) -> MLflowCall {
        MLflowCall(method: .post, place: "mlflow/\(path)", fields: fields)
    }

    /// Lists the folder `path` of the artifacts that the server serves.
    static func listArtifacts(_ path: String) -> MLflowCall {
        MLflowCall(method: .get, place: "mlflow-artifacts/artifacts", fields: ["path": .string(path)])
    }

    /// What is sent as the query: texts and numbers, lists as repeated names.
    var query: [(name: String, value: String)] {
        guard method == .get else { return [] }
        return fields.members.flatMap { member in
            (member.value.arrayValue ?? [member.value]).compactMap { value in
                (value.stringValue ?? value.integerValue.map(String.init)).map { (member.name, $0) }
            }
        }
    }

    /// The request's target, query included.
    var target: String {
        let query = query.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
        return "/api/2.0/\(place)" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    /// The body; nil with GET.
    var body: ByteBuffer? {
        guard method != .get else { return nil }
        var writer = JSONWriter()
        writer.value(.object(fields))
        return ByteBuffer(bytes: writer.bytes)
    }
}

/// Something that answers MLflow's REST API: this server itself, or another that it stands before.
struct MLflowServer: Sendable {
    /// The answer to a call, made in the name of the context's actor.
    ///
    /// - Throws: ``MartletError`` with MLflow's code.
    let ask: @Sendable (MLflowCall, MartletContext) async throws -> JSONObject

    /// What it is, for people and programs that ask.
    let status: @Sendable () async -> JSONObject

    /// This server, whose calls `responder` answers.
    static func own(_ responder: some HTTPResponder<MartletContext>) -> MLflowServer {
        MLflowServer(
            ask: { call, context in
                var head = HTTPRequest(method: call.method, scheme: nil, authority: nil, path: call.target)
                head.headerFields[.contentType] = "application/json"
                let body = call.body.map { RequestBody(buffer: $0) } ?? RequestBody(buffer: ByteBuffer())
                let response = try await responder.respond(to: Request(head: head, body: body), context: context)
                let bytes = try await response.body.whole()
                return try JSON.parse(bytes.readableBytesView).objectValue ?? JSONObject()
            },
            status: { ["connected": true, "server": "martlet", "version": .string(MartletVersion.current)] }
        )
    }
}

extension ResponseBody {
    /// The bytes of an answer that is not sent anywhere.
    fileprivate func whole() async throws -> ByteBuffer {
        let bytes = Mutex(ByteBuffer())
        try await write(BodyCollector { part in bytes.withLock { _ = $0.writeImmutableBuffer(part) } })
        return bytes.withLock { $0 }
    }
}

/// Takes the parts of a body.
private struct BodyCollector: ResponseBodyWriter {
    let take: @Sendable (ByteBuffer) -> Void

    mutating func write(_ buffer: ByteBuffer) async throws {
        take(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
