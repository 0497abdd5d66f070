package import Logging
import ServiceLifecycle

/// Removes uploads in parts that were never finished, and notes of crashed uploads, at the start and each hour.
///
/// Several servers on one database each run one: removing the same twice is the same as once.
package struct UploadSweeper: Service {
    private static let pause: Duration = .seconds(3600)

    private let uploads: MultipartUploadService
    private let logger: Logger

    /// A sweeper for `uploads`.
    package init(uploads: MultipartUploadService, logger: Logger) {
        self.uploads = uploads
        self.logger = logger
    }

    /// Removes until the server shuts down.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await uploads.artifacts.forgetSilentReplacements()
                    _ = try await uploads.removeUnfinished()
                } catch {
                    if !Task.isCancelled {
                        logger.error("unfinished uploads could not be removed", metadata: ["error": "\(error)"])
                    }
                }
                // Cancellation wakes the sleeper early; the loop's condition ends it.
                try? await Task.sleep(for: Self.pause)
            }
        }
    }
}
