import Database
import Glibc
import Hummingbird
import HummingbirdCore
import Kernel
import Ledger
package import Logging
import NIOCore
import NIOPosix
import ObjectStore
import ServiceLifecycle
import UnixSignals

/// The whole server: engines, services and routes, put together in one place.
package struct MartletServer: Sendable {
    /// How long requests in flight may go on after the signal to stop.
    private static let stopSecondsMax = 20

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
        let engines = try await Engines(configuration, logger)
        let composition = try await Composition(engines)
        guard try await composition.hasSomebodyToAnswer() else {
            await engines.close()
            throw StartupError(
                "There are no tokens, so on '\(configuration.host)' nobody could log in. Make one with 'martlet token "
                    + "create --user NAME', listen on 127.0.0.1, or let anybody do anything with --allow-anonymous."
            )
        }
        let contexts = RequestContexts(logger: logger)
        let connections = HTTPConnections(
            direct: composition.direct(contexts),
            responder: composition.router().buildResponder(),
            contexts: contexts
        )
        let door = connections.server(
            configuration: .init(address: .hostname(configuration.host, port: configuration.port)),
            onServerRunning: { channel in
                onReady(configuration.host, channel.localAddress?.port ?? configuration.port)
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
        // Services stop in reverse order: first what would not end by itself, then the door, the background work, and
        // last the databases.
        var services = ServiceGroupConfiguration(
            services: composition.services + [door, composition.endlessAnswers],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // A client that neither sends nor reads must not hold up the end for ever.
        services.maximumGracefulShutdownDuration = .seconds(Self.stopSecondsMax)
        services.maximumCancellationDuration = .seconds(5)
        let group = ServiceGroup(configuration: services)
        let outcome = await Result.of { try await group.run() }
        await engines.close()
        do {
            try outcome.get()
        } catch is CancellationError {
            logger.warning("some requests were cut off: they had not ended \(Self.stopSecondsMax) s after the signal")
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
