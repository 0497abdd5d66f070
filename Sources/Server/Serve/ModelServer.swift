import Hummingbird
import Inference
import Kernel
import Ledger
package import Logging
import NativeLibraries
import Serving

/// Predictions alone, of models out of files: no database, nothing written.
package struct ModelServer: Sendable {
    private let configuration: ModelServerConfiguration
    private let logger: Logger

    /// A server that does what `configuration` says.
    package init(configuration: ModelServerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Serves until a signal stops it, finishing what is in flight.
    ///
    /// - Parameter onReady: called with the address, and the port for gRPC if there is one, once models are loaded and
    ///   connections are taken.
    /// - Throws: ``StartupError`` when it can't start.
    package func run(onReady: @escaping Doors.OnReady) async throws {
        guard configuration.anonymousActor != nil || configuration.token != nil else {
            throw StartupError(
                "On '\(configuration.host)' nobody could log in. Set MARTLET_TOKEN to the token that callers are to send, "
                    + "listen on 127.0.0.1, or let anybody ask with --allow-anonymous."
            )
        }
        OpenFilesLimit.raise()
        let routes = ModelServerRoutes(serving: try await serving(), configuration: configuration)
        let contexts = RequestContexts(logger: logger)
        let connections = HTTPConnections(
            direct: routes.direct(contexts),
            responder: routes.router().buildResponder(),
            contexts: contexts
        )
        let address = Doors.Address(
            host: configuration.host,
            port: configuration.port,
            grpcPort: configuration.grpcPort
        )
        let doors = try Doors(connections, routes.grpc(contexts), at: address, logger, onReady: onReady)
        try await ServiceRun.run(doors.services, at: (configuration.host, configuration.port), logger)
    }

    private func serving() async throws -> ServingService {
        let file = try ModelsFile(
            path: configuration.modelsFile,
            allowsUnpinned: configuration.allowsUnpinned
        )
        let runtime = InferenceRuntime(
            libraries: NativeLibraryCatalog(environment: configuration.environment),
            limits: configuration.runLimits
        )
        let executor: InferenceExecutor
        do {
            executor = try .forServer()
        } catch {
            throw StartupError(error.description)
        }
        let serving = try ServingService(
            engines: ServingService.Engines(
                runtime: runtime,
                executor: executor,
                cache: ResultCache(bytesMax: configuration.resultCacheBytes)
            ),
            clock: .system,
            defaultEndpoint: configuration.defaultEndpoint,
            limits: configuration.predictionLimits,
            logger: logger
        )
        do {
            try await serving.serve(file.models, in: runtime)
        } catch let fault as ModelFileFault {
            throw file.fault(fault)
        } catch let error as MartletError {
            throw StartupError(error.message)
        }
        return serving
    }
}
