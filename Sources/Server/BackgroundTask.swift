import ServiceLifecycle

/// Something that is done once after the start, beside the requests; then it waits for the end.
struct BackgroundTask: Service {
    let work: @Sendable () async throws -> Void

    func run() async throws {
        try await work()
        // A service that returns would end its group.
        try await gracefulShutdown()
    }
}
