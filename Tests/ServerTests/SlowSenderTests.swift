import Hummingbird
import NIOCore
import Testing

@testable import Server

@Suite("Who sends a request too slowly", .timeLimit(.minutes(2)))
struct SlowSenderTests {
    private static let head = "POST /take HTTP/1.1\r\nHost: localhost\r\nContent-Length: "

    @Test("is let go after a time, though he sends a byte now and then", arguments: [1_000, 1 << 20])
    func dribble(length: Int) async throws {
        try await withTakers { port in
            try await RawConnection.open(port: port) { connection in
                try await connection.send(Self.head + "\(length)\r\n\r\n")
                // Each byte comes long before a connection counts as silent.
                #expect(try await connection.send("a", times: 400, every: .milliseconds(25)) < .seconds(8))
            }
        }
    }

    @Test("is let go in the midst of a head")
    func head() async throws {
        try await withTakers { port in
            try await RawConnection.open(port: port) { connection in
                try await connection.send("GET /")
                #expect(try await connection.send("a", times: 400, every: .milliseconds(25)) < .seconds(8))
            }
        }
    }

    @Test("is not whoever brings his body on, however long that takes")
    func steady() async throws {
        try await withTakers { port in
            try await RawConnection.open(port: port) { connection in
                let part = String(repeating: "a", count: 32 << 10)
                try await connection.send(Self.head + "\(12 * part.utf8.count)\r\n\r\n")
                #expect(try await connection.send(part, times: 12, every: .milliseconds(100)) >= .milliseconds(1_100))
                #expect(try await connection.next(to: "\r\n\r\n").hasPrefix("HTTP/1.1 200 OK"))
            }
        }
    }

    /// Runs `test` on the port of connections that may be silent for half a second.
    private func withTakers(_ test: (Int) async throws -> Void) async throws {
        let router = Router(context: MartletContext.self)
        router.post("take") { request, _ in
            for try await _ in request.body {}
            return Response(status: .ok)
        }
        try await withConnections(router, limits: ConnectionLimits(idleMax: .milliseconds(500)), test)
    }
}
