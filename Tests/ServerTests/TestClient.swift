import Kernel
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

/// A client that sends what it is told byte by byte, also what no well-behaved client would.
struct TestClient: Sendable {
    typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    let port: Int

    /// The answer to a request with exactly `headers`, besides `Host` and what tells the body's length.
    ///
    /// - Parameters: a chunked body's length is not announced; an `announced` one may differ from what is sent.
    func send(
        _ method: HTTPMethod,
        _ uri: String,
        headers: HTTPHeaders = [:],
        body: [UInt8]? = nil,
        isChunked: Bool = false,
        announcing announced: Int? = nil
    ) async throws -> Answer {
        var headers = headers
        if !headers.contains(name: "Host") { headers.add(name: "Host", value: "127.0.0.1:\(port)") }
        if isChunked {
            headers.add(name: "Transfer-Encoding", value: "chunked")
        } else if let length = announced ?? body?.count {
            headers.add(name: "Content-Length", value: String(length))
        }
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: headers)
        return try await connect().executeThenClose { inbound, outbound in
            try await outbound.write(.head(head))
            // A server that refuses an upload may close before it has all of it.
            let upload = Task {
                if let body { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
                if announced == nil { try await outbound.write(.end(nil)) }
            }
            defer { upload.cancel() }
            return try await Answer(inbound)
        }
    }

    /// Calls MLflow's API with a JSON body.
    func post(_ path: String, _ json: JSON) async throws -> Answer {
        try await send(
            .POST,
            "/api/2.0/mlflow/" + path,
            headers: ["Content-Type": "application/json"],
            body: Array(json.text.utf8)
        )
    }

    /// Calls MLflow's API with a query.
    func get(_ path: String) async throws -> Answer {
        try await send(.GET, "/api/2.0/mlflow/" + path)
    }

    /// The id of a new run in the experiment `Default`.
    func createRun() async throws -> String {
        let answer = try await post("runs/create", ["experiment_id": "0"])
        return try #require(answer.json?["run"]?["info"]?["run_id"]?.stringValue)
    }

    /// Runs `body` on the server-sent events of `topics`, from the moment at which nothing more is missed.
    func events(
        _ topics: String,
        lastEventID: String? = nil,
        _ body: (inout EventReader) async throws -> Void
    ) async throws {
        var headers: HTTPHeaders = ["Host": "127.0.0.1:\(port)", "Accept": "text/event-stream"]
        if let lastEventID { headers.add(name: "Last-Event-ID", value: lastEventID) }
        let uri = "/api/v1/events?topics=" + topics
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: headers)
        try await connect().executeThenClose { inbound, outbound in
            try await outbound.write(.head(head))
            try await outbound.write(.end(nil))
            var reader = EventReader(inbound)
            #expect(try await reader.block()?.hasPrefix("retry: 2000\nid: ") == true)
            try await body(&reader)
        }
    }

    private func connect() async throws -> Connection {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
    }
}

/// What a server answered.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body when it is a JSON object.
    var json: JSONObject? {
        do {
            return try JSON.parse(body).objectValue
        } catch {
            return nil
        }
    }

    /// The code and message of MLflow's errors.
    var errorCode: String? { json?["error_code"]?.stringValue }
    var message: String? { json?["message"]?.stringValue }

    fileprivate init(_ parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws {
        var head: HTTPResponseHead?
        var body: [UInt8] = []
        reading: for try await part in parts {
            switch part {
            case .head(let received): head = received
            case .body(let bytes): body += bytes.readableBytesView
            case .end: break reading
            }
        }
        let received = try #require(head, "the connection was closed without an answer")
        status = Int(received.status.code)
        headers = received.headers
        self.body = body
    }
}

extension JSON {
    /// The member `name` when this is an object that has it.
    subscript(name: String) -> JSON? { objectValue?[name] }
}

/// Reads server-sent events one by one.
struct EventReader {
    /// One event; a comment has no name.
    struct Event {
        let name: String?
        let id: String?
        let data: JSON?
    }

    private var parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    private var buffer = ""

    init(_ parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) {
        self.parts = parts.makeAsyncIterator()
    }

    /// The text up to the next empty line; nil when the stream has ended.
    mutating func block() async throws -> String? {
        while true {
            if let end = buffer.firstRange(of: "\n\n") {
                defer { buffer.removeSubrange(..<end.upperBound) }
                return String(buffer[..<end.lowerBound])
            }
            switch try await parts.next() {
            case .head(let head)?: #expect(head.status == .ok)
            case .body(let bytes)?: buffer += String(buffer: bytes)
            case .end?, nil: return nil
            }
        }
    }

    /// The next event; nil when the stream has ended.
    mutating func next() async throws -> Event? {
        guard let block = try await block() else { return nil }
        var fields: [Substring: Substring] = [:]
        for line in block.split(separator: "\n") {
            guard let colon = line.firstRange(of: ": ") else { continue }
            fields[line[..<colon.lowerBound]] = line[colon.upperBound...]
        }
        return Event(
            name: fields["event"].map(String.init),
            id: fields["id"].map(String.init),
            data: try fields["data"].map { try JSON.parse($0.utf8) }
        )
    }
}
