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
    private let configuration: ServerConfiguration
    private let logger: Logger

    /// A server that does what `configuration` says.
    package init(configuration: ServerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Serves until a signal stops it, finishing what is in flight.
    ///
    /// - Parameter onReady: called with the address, and the port for gRPC if there is one, once connections are taken.
    /// - Throws: ``StartupError`` when it can't start.
    package func run(onReady: @escaping Doors.OnReady) async throws {
        OpenFilesLimit.raise()
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
        let address = Doors.Address(
            host: configuration.host,
            port: configuration.port,
            grpcPort: configuration.grpcPort
        )
        // Services stop in reverse order: first what would not end by itself, then the doors, the background work, and
        // last the databases.
        let outcome = await Result.of {
            let doors = try Doors(connections, composition.grpc(contexts), at: address, logger, onReady: onReady)
            let services = composition.services + doors.services + [composition.endlessAnswers]
            try await ServiceRun.run(services, at: (configuration.host, configuration.port), logger)
        }
        await engines.close()
        try outcome.get()
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
