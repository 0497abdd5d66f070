import ArgumentParser
import Foundation
import Logging
import Server

/// `martlet serve`: predictions alone, of models out of files.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve predictions of ONNX files alone: no database, nothing written.",
        discussion: """
            The file of models has a table for each:

              [models.churn]
              name = "churn"                       # the key, where it is left out
              version = "3"
              artifact_path = "churn/v3/model.onnx"   # from the file's folder, else from the working folder
              sha256 = "9f86d081884c7d65…"         # of the ONNX file, without which it is refused

            and may have mlflow_run_id, input_names, output_names and input_shape; the last three are checked against \
            the model. Every protocol of predictions is answered: /predict, /predict/batch, /api/v1/mlflow/serve/NAME, \
            /invocations, /v2, gRPC with --grpc-port; and /health and /metrics.
            On other addresses than loopback callers send the token that MARTLET_TOKEN names.

            martlet serve --models models.toml --port 8080 --grpc-port 8081

            Exit codes: 0 stopped by a signal; 1 could not start or failed; 2 wrong options.
            """
    )

    @Option(help: ArgumentHelp("The file that says which models are served.", valueName: "models.toml"))
    var models: String

    @Flag(help: "Serve models whose table has no sha256, whatever their file holds.")
    var allowUnpinned = false

    @Option(help: "The address to listen on. (default: 127.0.0.1)")
    var host: String?

    @Option(help: "The port to listen on; 0 takes any free one. (default: 5000)")
    var port: Int?

    @Option(
        help: "The port for the Open Inference Protocol over gRPC; 0 takes any free one. (default: no gRPC)"
    )
    var grpcPort: Int?

    @Option(
        help: ArgumentHelp(
            "Host names, between commas, that requests may use besides loopback and private addresses.",
            discussion: "A star stands for anything: *.company.com"
        )
    )
    var allowedHosts: String?

    @Option(help: "The model that answers /invocations when there are several and the request names none.")
    var defaultEndpoint: String?

    @OptionGroup var cache: CacheOption

    @OptionGroup var limits: PredictionLimitOptions

    @OptionGroup var runs: RunLimitOptions

    @Flag(help: "Let callers without a token ask, also on other addresses than loopback.")
    var allowAnonymous = false

    @Option(help: "How much to log: trace, debug, info, notice, warning, error, critical. (default: notice)")
    var logLevel: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let configuration = try configuration(environment)
        var logger = Logger(label: "martlet")
        logger.logLevel = try ServerCommand.level(logLevel, environment)
        do {
            try await ModelServer(configuration: configuration, logger: logger).run(onReady: ServerCommand.announce)
        } catch {
            Terminal.printError("martlet: \(error)")
            throw ExitCode(1)
        }
    }

    private func configuration(_ environment: [String: String]) throws -> ModelServerConfiguration {
        var configuration = ModelServerConfiguration(modelsFile: models)
        configuration.environment = environment
        configuration.allowsUnpinned = allowUnpinned
        configuration.host = host ?? environment["MARTLET_HOST"] ?? configuration.host
        let port = try ServerCommand.portNumber(port, "MARTLET_PORT", environment)
        configuration.port = port ?? configuration.port
        configuration.grpcPort = try ServerCommand.portNumber(grpcPort, "MARTLET_GRPC_PORT", environment)
        configuration.allowedHosts = ServerCommand.list(allowedHosts ?? environment["MARTLET_ALLOWED_HOSTS"] ?? "")
        configuration.defaultEndpoint = defaultEndpoint ?? environment["MARTLET_DEFAULT_ENDPOINT"]
        configuration.predictionLimits = try limits.limits(environment)
        configuration.runLimits = try runs.limits(environment)
        configuration.resultCacheBytes = try cache.bytes(environment) ?? configuration.resultCacheBytes
        configuration.allowsAnonymous = allowAnonymous
        configuration.token = environment["MARTLET_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        return configuration
    }
}
