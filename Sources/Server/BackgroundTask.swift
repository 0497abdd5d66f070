import ServiceLifecycle

/// Something that is done once after the start, beside the requests, and something that is done when the end begins.
struct BackgroundTask: Service {
    var atStart: @Sendable () async throws -> Void = {}
    var atEnd: @Sendable () async -> Void = {}

    func run() async throws {
        try await atStart()
        // A service that returns would end its group.
        try await gracefulShutdown()
        await atEnd()
    }
}
