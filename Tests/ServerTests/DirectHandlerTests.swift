import Hummingbird
import Kernel
import NIOCore
import Synchronization
import Testing

@testable import Server

/// How often what is no request was answered.
private final class Traps: Sendable {
    private let number = Mutex(0)

    var count: Int { number.withLock { $0 } }

    func add() { number.withLock { $0 += 1 } }
}

@Suite("Before HTTP's codec", .timeLimit(.minutes(5)))
struct DirectHandlerTests {
    private static func post(_ path: String, _ body: String, _ headers: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test("a plain request is answered, in however many parts it comes")
    func parts() async throws {
        try await withAnswers { port in
            let request = Self.post("/now", "abcdef")
            for size in [7, 60, 61, 62, 1_000] {
                try await RawConnection.open(port: port) { connection in
                    for _ in 0..<3 {
                        var left = request[...]
                        while !left.isEmpty {
                            try await connection.send(String(left.prefix(size)))
                            left = left.dropFirst(size)
                            try await Task.sleep(for: .milliseconds(2))
                        }
                        #expect(try await connection.next(to: "abcdef").contains(#"{"now":"#))
                    }
                }
            }
        }
    }

    @Test("requests that come together are answered in their order, whoever answers them")
    func order() async throws {
        var generator = SplitMix64(seed: 20_261_122)
        let kinds = ["now": #"{"now":"#, "later": "later:", "routed": "routed:", "slow": "routed:"]
        let names = ["now", "now", "now", "later", "routed", "slow"]
        let asked = (0..<600).map { _ in names[Int.random(in: 0..<names.count, using: &generator)] }
        let requests = asked.indices.map { Self.post("/\(asked[$0])", "<\($0)>") }
        let together = (0..<200).map { _ in Int.random(in: 1...6, using: &generator) }
        let cut = (0..<200).map { _ in Int.random(in: 0..<40, using: &generator) }
        try await withAnswers { port in
            try await RawConnection.open(port: port) { connection in
                var (next, direct) = (0, 0)
                for (count, cut) in zip(together, cut) where next < requests.count {
                    let indices = next..<min(next + count, requests.count)
                    next = indices.upperBound
                    // Cut somewhere in the last of them, too.
                    let text = requests[indices].joined()
                    try await connection.send(String(text.dropLast(cut)))
                    if cut > 0 { try await connection.send(String(text.suffix(cut))) }
                    for index in indices {
                        let answer = try await connection.next(to: "<\(index)>")
                        #expect(answer.contains("HTTP/1.1 200 OK"))
                        if answer.contains(#"{"now":"#) || answer.contains("later:") { direct += 1 }
                        // While one is answered that takes its time, the router has the next.
                        let isExpected = answer.contains(kinds[asked[index]] ?? "") || answer.contains("routed:")
                        #expect(isExpected, "\(answer)")
                    }
                }
                #expect(direct > 100)
            }
        }
    }

    @Test("nothing within a body is taken for a request, though the other end goes in the midst of it")
    func vanished() async throws {
        let traps = Traps()
        try await withAnswers(traps) { port in
            let trap = "POST /trap HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
            for round in 0..<40 {
                let body = String(repeating: "x", count: round) + String(repeating: trap, count: 20)
                let text = String(repeating: Self.post("/now", body), count: 400)
                try await RawConnection.open(port: port) { connection in
                    _ = try await connection.countSent(of: text, times: 1, in: .milliseconds(1))
                }
            }
        }
        #expect(traps.count == 0)
    }

    @Test("a request that is not plain is the codec's, and all that follow it")
    func odd() async throws {
        try await withAnswers { port in
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
        try await withAnswers { port in
            try await RawConnection.open(port: port) { connection in
                try await connection.send(Self.post("/now", "<1>") + String(Self.post("/now", "abcdef").dropLast(3)))
                _ = try await connection.next(to: "<1>")
                try await connection.endSending()
                // The codec says so: to the handler after it nothing would have come.
                #expect(try await connection.next(to: "\r\n").contains("400 Bad Request"))
                _ = try await connection.countToEnd()
            }
        }
    }

    @Test("who sends requests and takes no answers is not read any more")
    func unread() async throws {
        try await withAnswers { port in
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
    private func withAnswers(_ traps: Traps = Traps(), _ test: (Int) async throws -> Void) async throws {
        let router = Router(context: MartletContext.self)
        for path in ["now", "later", "routed", "slow"] {
            router.post(RouterPath(path)) { request, _ in
                let body = try await request.body.collect(upTo: 1 << 20)
                if path == "slow" { try await Task.sleep(for: .microseconds(200)) }
                let answer = ByteBuffer(string: "routed:\(String(buffer: body))")
                return Response(status: .ok, body: ResponseBody(byteBuffer: answer))
            }
        }
        router.post("trap") { _, _ in
            traps.add()
            return Response(status: .ok)
        }
        let direct: DirectAnswers = { head, body in
            let text = String(decoding: body, as: UTF8.self)
            if head.isFor("/now") { return .answered(json: Array("{\"now\":\"\(text)\"}".utf8)) }
            if head.isFor("/trap") { traps.add() }
            guard head.isFor("/later") else { return .notMine }
            return .task {
                try? await Task.sleep(for: .microseconds(200))
                return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "later:\(text)")))
            }
        }
        try await withConnections(router, direct: direct, test)
    }
}
