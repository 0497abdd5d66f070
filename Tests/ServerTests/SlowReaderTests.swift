import Hummingbird
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import Server

@Suite("Who takes nothing of an answer", .timeLimit(.minutes(10)))
struct SlowReaderTests {
    @Test("is let go, and the answer is told so")
    func stalled() async throws {
        let (ends, ended) = AsyncStream.makeStream(of: Bool.self)
        try await withEndlessAnswers(ends: ended) { port in
            try await RawConnection.open(port: port) { connection in
                try await connection.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
                // A connection whose request came too late on a busy machine is closed, and has no answer to be cut off.
                _ = try await connection.next(to: "\r\n\r\n")
                for await isCutOff in ends.prefix(1) { #expect(isCutOff) }
            }
        }
    }

    @Test("is not whoever takes it slowly")
    func slow() async throws {
        let (_, ended) = AsyncStream.makeStream(of: Bool.self)
        try await withEndlessAnswers(ends: ended) { port in
            try await RawConnection.open(port: port) { connection in
                try await connection.send("GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                _ = try await connection.next(to: "\r\n\r\n")
                // Longer than a connection may be silent or an answer may stand still.
                for _ in 0..<50 {
                    try await Task.sleep(for: .milliseconds(100))
                    try await connection.take()
                }
                #expect(try await connection.countToEnd() > 0)
            }
        }
    }

    @Test("is known by what has not gone and by what was begun")
    func watch() {
        let start = NIODeadline.now()
        var watch = SendingWatch(at: start)
        func seconds(_ count: Int64) -> NIODeadline { start + .seconds(count) }
        #expect(watch.stalled(writes: 0, unsentBytes: 0, at: seconds(100)) == .zero)
        #expect(watch.stalled(writes: 1, unsentBytes: 10, at: seconds(110)) == .zero)
        #expect(watch.stalled(writes: 1, unsentBytes: 10, at: seconds(150)) == .seconds(40))
        #expect(watch.stalled(writes: 1, unsentBytes: 9, at: seconds(160)) == .zero)
        #expect(watch.stalled(writes: 2, unsentBytes: 9, at: seconds(170)) == .zero)
        #expect(watch.stalled(writes: 2, unsentBytes: 9, at: seconds(171)) == .seconds(1))
        #expect(watch.stalled(writes: 2, unsentBytes: 0, at: seconds(200)) == .zero)
    }

    /// Runs `test` on the port of connections that stand still for at most two seconds; `/endless` yields to `ends`
    /// whether it was cut off.
    private func withEndlessAnswers(
        ends: AsyncStream<Bool>.Continuation,
        _ test: (Int) async throws -> Void
    ) async throws {
        let router = Router(context: MartletContext.self)
        let part = ByteBuffer(repeating: 7, count: 256 << 10)
        router.get("endless") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    do {
                        while true { try await writer.write(part) }
                    } catch {
                        ends.yield(true)
                        throw error
                    }
                }
            )
        }
        router.get("large") { _, _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(repeating: 7, count: 32 << 20)))
        }
        let limits = ConnectionLimits(idleMax: .seconds(2), stalledMax: .seconds(2))
        try await withConnections(router, limits: limits, test)
    }
}
