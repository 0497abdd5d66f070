import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import Server

@Suite("Before HTTP's codec", .timeLimit(.minutes(5)))
struct DirectHandlerTests {
    private static func post(_ path: String, _ body: String, _ headers: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test("a plain request is answered, in however many parts it comes")
    func parts() async throws {
        try await withConnections { port in
            let (request, answer) = (Self.post("/now", "abcdef"), #"{"now":"abcdef"}"#)
            for size in [1, 7, 60, 61, 62, 1_000] {
                try await RawConnection.open(port: port) { connection in
                    var left = request[...]
                    while !left.isEmpty {
                        try await connection.send(String(left.prefix(size)))
                        left = left.dropFirst(size)
                        try await Task.sleep(for: .milliseconds(2))
                    }
                    #expect(try await connection.next(to: "abcdef").contains("HTTP/1.1 200 OK"))
                    // In many small parts it is for the codec, which may stand within it.
                    try await connection.send(request)
                    let next = try await connection.next(to: "abcdef")
                    #expect(size < 60 || next.contains(answer.dropLast(2)))
                }
            }
        }
    }

    @Test("requests that come together are answered in their order, whoever answers them")
    func order() async throws {
        try await withConnections { port in
            try await RawConnection.open(port: port) { connection in
                let kinds = ["/now", "/later", "/routed", "/slow", "/now", "/now", "/slow", "/later", "/now"]
                let text = (0..<900).map { Self.post(kinds[$0 % kinds.count], "<\($0)>") }.joined()
                try await connection.send(text)
                for index in 0..<900 {
                    #expect(try await connection.next(to: "<\(index)>").contains("HTTP/1.1 200 OK"))
                }
            }
        }
    }

    @Test("a request that is not plain is the codec's, and all that follow it")
    func odd() async throws {
        try await withConnections { port in
            try await RawConnection.open(port: port) { connection in
                let chunked = "POST /routed HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                // What looks like a request is the body of the one before.
                let inside = Self.post("/now", "<inside>")
                let size = String(inside.utf8.count, radix: 16)
                try await connection.send(Self.post("/now", "<1>") + chunked + "\(size)\r\n")
                #expect(try await connection.next(to: "<1>").contains("{\"now\":"))
                try await connection.send(inside)
                try await connection.send("\r\n0\r\n\r\n" + Self.post("/now", "<2>"))
                let answers = try await connection.next(to: "<2>")
                #expect(answers.contains("routed:POST /now"))
                #expect(!answers.contains("{\"now\":"))
            }
        }
    }

    @Test("what is held goes on when the other end has sent all that it will")
    func cutShort() async throws {
        try await withConnections { port in
            try await RawConnection.open(port: port) { connection in
                let request = Self.post("/now", "abcdef")
                try await connection.send(Self.post("/now", "<1>") + String(request.dropLast(3)))
                _ = try await connection.next(to: "<1>")
                try await connection.endSending()
                #expect(try await connection.countToEnd() < 200)
            }
        }
    }

    @Test("who sends requests and takes no answers is not read any more")
    func unread() async throws {
        try await withConnections { port in
            try await RawConnection.open(port: port) { connection in
                let body = String(repeating: "a", count: 16 << 10)
                let request = Self.post("/now", body)
                // What both ends' sockets hold, and not 64 MiB.
                let sent = try await connection.countSent(of: request, times: 4_096, in: .seconds(3))
                #expect(sent < 48 << 20)
            }
        }
    }

    /// Runs `test` on the port of connections that answer `/now` and `/later` directly, the second by a task that waits,
    /// and `/routed` and `/slow` by a router; every answer holds the request's body.
    private func withConnections(_ test: (Int) async throws -> Void) async throws {
        let router = Router(context: MartletContext.self)
        for path in ["now", "later", "routed", "slow"] {
            router.post(RouterPath(path)) { request, _ in
                let body = try await request.body.collect(upTo: 1 << 20)
                if path == "slow" { try await Task.sleep(for: .microseconds(200)) }
                let answer = ByteBuffer(string: "routed:\(String(buffer: body))")
                return Response(status: .ok, body: ResponseBody(byteBuffer: answer))
            }
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let connections = HTTPConnections(
            direct: { head, body in
                let text = String(decoding: body, as: UTF8.self)
                if head.isFor("/now") { return .answered(json: Array("{\"now\":\"\(text)\"}".utf8)) }
                guard head.isFor("/later") else { return .notMine }
                return .task {
                    try? await Task.sleep(for: .microseconds(200))
                    return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "later:\(text)")))
                }
            },
            responder: router.buildResponder(),
            contexts: RequestContexts(logger: logger)
        )
        let door = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in connections.setup(channel: channel, logger: logger).map { _ in } }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<Void, any Error>
        do {
            result = .success(try await test(try #require(door.localAddress?.port)))
        } catch {
            result = .failure(error)
        }
        try await door.close()
        try result.get()
    }
}
