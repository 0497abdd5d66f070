import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import Server

/// Runs `test` on a free port of connections that answer by `router`, before it directly by `direct`.
func withConnections(
    _ router: Router<MartletContext>,
    direct: @escaping DirectAnswers = { _, _ in .notMine },
    limits: ConnectionLimits = ConnectionLimits(),
    _ test: (Int) async throws -> Void
) async throws {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let connections = HTTPConnections(
        direct: direct,
        responder: router.buildResponder(),
        contexts: RequestContexts(logger: logger),
        limits: limits
    )
    let door = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelOption(.allowRemoteHalfClosure, value: true)
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
