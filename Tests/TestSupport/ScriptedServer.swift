package import NIOCore
package import NIOHTTP1
import NIOPosix

/// What a client asked a scripted server for.
package struct ScriptedRequest: Sendable {
    /// The method.
    package let method: HTTPMethod
    /// Path and query, as they were sent.
    package let target: String
    /// The headers.
    package let headers: HTTPHeaders
    /// The whole body.
    package let body: String
}

/// What a scripted server does with a request.
package struct ScriptedAnswer: Sendable {
    enum End: Sendable {
        case whole
        case stalled
        case brokenOff
        case hungUp
    }

    let status: Int
    let headers: HTTPHeaders
    let body: ByteBuffer
    let end: End

    /// An answer that comes whole. Its length is announced as it is, unless `headers` announce another.
    package init(_ status: Int, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()) {
        self.init(status, headers, body, .whole)
    }

    /// An answer with a text.
    package init(_ status: Int, headers: HTTPHeaders = [:], text: String) {
        self.init(status, headers, ByteBuffer(string: text), .whole)
    }

    private init(_ status: Int, _ headers: HTTPHeaders, _ body: ByteBuffer, _ end: End) {
        self.status = status
        self.headers = headers
        self.body = body
        self.end = end
    }

    /// Head and a beginning of a body, after which nothing comes although `headers` announce more.
    package static func stalled(_ status: Int, headers: HTTPHeaders, text: String) -> ScriptedAnswer {
        ScriptedAnswer(status, headers, ByteBuffer(string: text), .stalled)
    }

    /// Head and a beginning of a body, after which the connection is closed although `headers` announce more.
    package static func brokenOff(_ status: Int, headers: HTTPHeaders, text: String) -> ScriptedAnswer {
        ScriptedAnswer(status, headers, ByteBuffer(string: text), .brokenOff)
    }

    /// The connection is closed without an answer.
    package static let hangUp = ScriptedAnswer(0, [:], ByteBuffer(), .hungUp)
}

/// Runs `test` with the address of a real HTTP server on this machine that does with each request what `answer` says.
///
/// - Throws: when there is no port, and what `test` throws.
@discardableResult
package func withScriptedServer<Value: Sendable>(
    _ answer: @escaping @Sendable (ScriptedRequest) async throws -> ScriptedAnswer,
    _ test: (String) async throws -> Value
) async throws -> Value {
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .bind(host: "127.0.0.1", port: 0) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                return try ScriptedConnection.Channel(wrappingChannelSynchronously: channel)
            }
        }
    let port = server.channel.localAddress?.port ?? 0
    // Not called off but closed: a connection that was accepted and never looked at may not be let go.
    let serving = Task {
        try await server.executeThenClose { clients in
            try await withThrowingDiscardingTaskGroup { connections in
                for try await client in clients {
                    connections.addTask { await ScriptedConnection(channel: client, answer: answer).serve() }
                }
                connections.cancelAll()
            }
        }
    }
    let outcome: Result<Value, any Error>
    do { outcome = .success(try await test("http://127.0.0.1:\(port)")) } catch { outcome = .failure(error) }
    try? await server.channel.close()
    _ = await serving.result
    return try outcome.get()
}

/// One connection to a scripted server.
private struct ScriptedConnection: Sendable {
    typealias Channel = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    let channel: Channel
    let answer: @Sendable (ScriptedRequest) async throws -> ScriptedAnswer

    /// Answers until the client or the test goes away.
    func serve() async {
        // What breaks a connection is what the client under test has to tell.
        try? await channel.executeThenClose { inbound, outbound in
            var head: HTTPRequestHead?
            var body = ByteBuffer()
            for try await part in inbound {
                switch part {
                case .head(let received): (head, body) = (received, ByteBuffer())
                case .body(var bytes): body.writeBuffer(&bytes)
                case .end:
                    guard let head else { return }
                    guard try await send(try await answer(request(head, body)), to: head, outbound) else { return }
                }
            }
        }
    }

    private func request(_ head: HTTPRequestHead, _ body: ByteBuffer) -> ScriptedRequest {
        ScriptedRequest(method: head.method, target: head.uri, headers: head.headers, body: String(buffer: body))
    }

    /// Answers whether the connection goes on.
    private func send(
        _ answer: ScriptedAnswer,
        to request: HTTPRequestHead,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws -> Bool {
        guard answer.end != .hungUp else { return false }
        var headers = answer.headers
        if !headers.contains(name: "Content-Length") {
            headers.add(name: "Content-Length", value: String(answer.body.readableBytes))
        }
        let status = HTTPResponseStatus(statusCode: answer.status)
        try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
        if request.method != .HEAD, answer.body.readableBytes > 0 {
            try await outbound.write(.body(.byteBuffer(answer.body)))
        }
        guard answer.end != .brokenOff else { return false }
        if answer.end == .stalled { try await Task.sleep(for: .seconds(3600)) }
        try await outbound.write(.end(nil))
        return true
    }
}
