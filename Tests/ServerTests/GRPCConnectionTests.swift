import Inference
import Kernel
import Ledger
import Logging
import NativeLibraries
import NIOCore
import Serving
import Testing

@testable import Server

@Suite("A connection for gRPC", .timeLimit(.minutes(2)))
struct GRPCConnectionTests {
    /// What opens every connection of HTTP/2 without encryption: its preface, and settings that say nothing.
    private static let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0"

    @Test("ends when its other end neither sends nor answers", arguments: ["", preface])
    func halfOpen(sent: String) async throws {
        var limits = InferenceGRPCServer.Limits()
        limits.pingAfter = .milliseconds(300)
        limits.pingAnswerMax = .milliseconds(300)
        try await withGRPC(limits) { port in
            try await RawConnection.open(port: port) { connection in
                try await connection.send(sent)
                _ = try await connection.countToEnd()
            }
        }
    }

    @Test("is taken leave of when no call comes over it")
    func idle() async throws {
        func frames(idleMax: Duration) async throws -> [UInt8] {
            var limits = InferenceGRPCServer.Limits()
            limits.idleMax = idleMax
            // Long enough that leave is taken before.
            limits.pingAfter = .seconds(2)
            limits.pingAnswerMax = .seconds(1)
            var kinds: [UInt8] = []
            try await withGRPC(limits) { port in
                kinds = try await RawConnection.open(port: port) { connection in
                    try await connection.send(Self.preface)
                    return try await connection.framesToEnd()
                }
            }
            return kinds
        }
        let goAway: UInt8 = 7
        #expect(try await !frames(idleMax: .seconds(600)).contains(goAway))
        #expect(try await frames(idleMax: .milliseconds(300)).contains(goAway))
    }

    @Test("that brings no HTTP/2 is closed, and harms nobody")
    func nonsense() async throws {
        try await withGRPC(InferenceGRPCServer.Limits()) { port in
            for text in ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", String(repeating: "\u{7F}", count: 10_000)] {
                try await RawConnection.open(port: port) { connection in
                    try await connection.send(text)
                    // Bytes that nobody read any more make a reset of the end.
                    _ = try? await connection.countToEnd()
                }
            }
        }
    }

    /// Runs `test` on the port of a server of no models.
    private func withGRPC(_ limits: InferenceGRPCServer.Limits, _ test: (Int) async throws -> Void) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let serving = try ServingService(
            engines: ServingService.Engines(
                runtime: InferenceRuntime(libraries: NativeLibraryCatalog(environment: [:])),
                executor: try InferenceExecutor(threads: 1)
            ),
            clock: .system,
            logger: logger
        )
        let service = InferenceGRPCService(
            serving: serving,
            authenticator: Authenticator(user: { _ in nil }, anonymous: .local),
            metrics: RequestMetrics(),
            contexts: RequestContexts(logger: logger),
            managesModels: false
        )
        let server = try InferenceGRPCServer(service, host: "127.0.0.1", port: 0, limits: limits)
        let running = Task { try await server.run() }
        await server.gate.wait()
        let result: Result<Void, any Error>
        do {
            result = .success(try await test(try #require(server.gate.port)))
        } catch {
            result = .failure(error)
        }
        running.cancel()
        // A server that is cancelled says so.
        _ = await running.result
        try result.get()
    }
}
