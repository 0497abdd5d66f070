import Glibc
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// Runs the services of one process until a signal ends them.
enum ServiceRun {
    /// How long requests in flight may go on after the signal to stop.
    private static let stopSecondsMax = 20

    /// Runs `services`, which stop in reverse order; answers once all have.
    ///
    /// - Parameters:
    ///   - services: what runs.
    ///   - address: where the process listens, for a message.
    ///   - logger: for what happens at the end.
    /// - Throws: ``StartupError`` when a port can't be used; what a service throws.
    static func run(_ services: [any Service], at address: (host: String, port: Int), _ logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // A client that neither sends nor reads must not hold up the end for ever.
        configuration.maximumGracefulShutdownDuration = .seconds(stopSecondsMax)
        configuration.maximumCancellationDuration = .seconds(5)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            logger.warning("some requests were cut off: they had not ended \(stopSecondsMax) s after the signal")
        } catch let error as IOError {
            throw StartupError(
                "Port \(address.port) on \(address.host) can't be used: "
                    + "\(String(cString: strerror(error.errnoCode))). Choose another: --port"
            )
        }
    }
}
