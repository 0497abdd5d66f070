import Database
import Glibc
import Hummingbird
import Kernel
import Ledger
package import Logging
import NIOCore
import ObjectStore
import ServiceLifecycle
import UnixSignals

/// The whole server: engines, services and routes, put together in one place.
package struct MartletServer: Sendable {
    private let configuration: ServerConfiguration
    private let logger: Logger

    /// A server that does what `configuration` says.
    package init(configuration: ServerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Serves until a signal stops it, finishing what is in flight.
    ///
    /// - Parameter onReady: called with the address once connections are taken.
    /// - Throws: ``StartupError`` when it can't start.
    package func run(onReady: @escaping @Sendable (_ host: String, _ port: Int) -> Void) async throws {
        guard configuration.isLoopback || configuration.allowsAnonymous else {
            throw StartupError(
                "There is no login yet, so on '\(configuration.host)' anybody on the network could do anything. "
                    + "Listen on 127.0.0.1, or say --allow-anonymous if that is meant."
            )
        }
        let engines = try await Engines(configuration, logger)
        let composition = try await Composition(engines)
        let application = Application(
            responder: composition.router().buildResponder(),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: "martlet"
            ),
            onServerRunning: { channel in
                onReady(configuration.host, channel.localAddress?.port ?? configuration.port)
            },
            logger: logger
        )
        // Services stop in reverse order: first the door, then the background work, last the databases.
        var services = ServiceGroupConfiguration(
            services: composition.services + [application],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // A client that neither sends nor reads must not hold up the end for ever.
        services.maximumGracefulShutdownDuration = .seconds(20)
        services.maximumCancellationDuration = .seconds(5)
        let group = ServiceGroup(configuration: services)
        let outcome = await Result.of { try await group.run() }
        await engines.close()
        do {
            try outcome.get()
        } catch let error as IOError {
            throw StartupError(
                "Port \(configuration.port) on \(configuration.host) can't be used: "
                    + "\(String(cString: strerror(error.errnoCode))). Choose another: --port"
            )
        }
    }
}

extension Result<Void, any Error> {
    /// How `body` ended.
    fileprivate static func of(_ body: () async throws -> Void) async -> Self {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
