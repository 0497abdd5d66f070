import ArgumentParser
import Foundation
import Logging
import Server

/// `martlet server`: serves everything on one port.
struct ServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server",
        abstract: "Serve tracking, registry, models, monitoring and the web page on one port.",
        discussion: """
            Point any MLflow client at it: MLFLOW_TRACKING_URI=http://127.0.0.1:5000
            Every option but --allow-anonymous can also be given in the environment: MARTLET_HOST, MARTLET_PORT, \
            MARTLET_GRPC_PORT, MARTLET_DATA_DIR, MARTLET_BACKEND_STORE_URI, MARTLET_DEFAULT_ARTIFACT_ROOT, \
            MARTLET_ARTIFACT_ROOTS, MARTLET_ARTIFACTS_DESTINATION, MARTLET_SERVE_ARTIFACTS, \
            MARTLET_ALLOWED_HOSTS, MARTLET_PUBLIC_URL, \
            MARTLET_DEFAULT_ENDPOINT, MARTLET_PYTHON, MARTLET_ENV_MANAGER, MARTLET_ENVIRONMENTS_DIR, \
            MARTLET_ENVIRONMENT_TIMEOUT, MARTLET_WORKER_MEMORY, MARTLET_WORKER_TIMEOUT, \
            MARTLET_WORKER_START_TIMEOUT, MARTLET_RUN_TIMEOUT, MARTLET_RUN_MEMORY, MARTLET_RESULT_CACHE, \
            MARTLET_CALLER_RATE, MARTLET_PREDICTION_TIMEOUT, MARTLET_KEEP_PREDICTIONS, MARTLET_WITH_MLFLOW, \
            MARTLET_LOG_LEVEL; those of webhooks by MLflow's names, \
            MLFLOW_WEBHOOK_ALLOWED_SCHEMES and MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS.
            The addresses of the gateway's providers are bound by MLflow's names alone, \
            MLFLOW_GATEWAY_API_BASE_ALLOWED_SCHEMES and MLFLOW_GATEWAY_API_BASE_ALLOW_PRIVATE_IPS. \
            MLFLOW_DEPLOYMENTS_TARGET names a server of language models that MLflow's prompt pages ask through this one; \
            MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS and MLFLOW_SERVER_GRAPHQL_MAX_ALIASES bound GraphQL queries.
            MARTLET_SECRET_KEY, 64 hexadecimal characters, seals the secrets in the database; without it a key is made \
            in the data folder. Servers that share a database need the same. \
            Where MLFLOW_CRYPTO_KEK_PASSPHRASE is set, the gateway's secrets open only with it too.
            Credentials, region and endpoint of S3 are those of AWS's variables; MLFLOW_S3_ENDPOINT_URL names another \
            endpoint too.
            Exit codes: 0 stopped by a signal; 1 could not start or failed; 2 wrong options.
            """
    )

    @Option(help: "The address to listen on. (default: 127.0.0.1)")
    var host: String?

    @Option(help: "The port to listen on; 0 takes any free one. (default: 5000)")
    var port: Int?

    @Option(
        help: "The port for the Open Inference Protocol over gRPC; 0 takes any free one. (default: no gRPC)"
    )
    var grpcPort: Int?

    @Option(help: "The folder for databases and artifacts. (default: ./martlet-data)")
    var dataDir: String?

    @Option(
        help: ArgumentHelp(
            "The metadata's database. (default: SQLite in the data folder)",
            valueName: "sqlite:///… | postgresql://…"
        )
    )
    var backendStoreURI: String?

    @Option(
        help: ArgumentHelp(
            "Where new experiments keep their artifacts. Clients go to any other place than the server themselves. "
                + "(default: mlflow-artifacts:/, the server)",
            valueName: "uri"
        )
    )
    var defaultArtifactRoot: String?

    @Option(
        help: ArgumentHelp(
            "Further roots, between commas, below which the server may read artifacts that clients keep themselves, "
                + "for every caller. It may read below --default-artifact-root.",
            valueName: "folder | s3://bucket/prefix"
        )
    )
    var artifactRoots: String?

    @Option(
        help: ArgumentHelp(
            "Where the server keeps the artifacts that it is sent. (default: artifacts in the data folder)",
            valueName: "folder | s3://bucket/prefix"
        )
    )
    var artifactsDestination: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Whether clients may send artifacts to the server and fetch them from it. (default: --serve-artifacts)"
    )
    var serveArtifacts: Bool?

    @Option(
        help: ArgumentHelp(
            "Host names, between commas, that requests may use besides loopback and private addresses.",
            discussion: "A star stands for anything: *.company.com"
        )
    )
    var allowedHosts: String?

    @Option(
        name: .customLong("public-url"),
        help: ArgumentHelp(
            "The address at which callers reach the server, where a proxy changes it. (default: what they ask for)",
            valueName: "url"
        )
    )
    var publicURL: String?

    @Option(
        name: .customLong("with-mlflow"),
        help: ArgumentHelp(
            "An MLflow server that keeps runs and models in this one's place; its user is that of MLflow's variables.",
            valueName: "url"
        )
    )
    var withMLflow: String?

    @Option(help: "Schemes, between commas, that the URLs of webhooks may have. (default: https)")
    var webhookSchemes: String?

    @Flag(help: "Let webhooks lead to private addresses and to this machine.")
    var allowPrivateWebhooks = false

    @Option(help: "The endpoint that answers /invocations when there are several and the request names none.")
    var defaultEndpoint: String?

    @OptionGroup var workers: WorkerOptions

    @OptionGroup var cache: CacheOption

    @OptionGroup var limits: PredictionLimitOptions

    @OptionGroup var runs: RunLimitOptions

    @Option(
        help: ArgumentHelp(
            "For how long predictions are kept in their log, with what was told of them. (default: for ever)",
            valueName: "days"
        )
    )
    var keepPredictions: Int?

    @Flag(help: "Let callers without a token do anything, also on other addresses than loopback.")
    var allowAnonymous = false

    @Option(help: "How much to log: trace, debug, info, notice, warning, error, critical. (default: notice)")
    var logLevel: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let configuration = try configuration(environment)
        try ExitCodes.wrongOption { try configuration.checkOptions() }
        var logger = Logger(label: "martlet")
        logger.logLevel = try Self.level(logLevel, environment)
        do {
            try await MartletServer(configuration: configuration, logger: logger).run(onReady: Self.announce)
        } catch {
            Terminal.printError("martlet: \(error)")
            throw ExitCode(1)
        }
    }

    /// Says on standard output where a server answers.
    static func announce(_ host: String, _ port: Int, _ grpcPort: Int?) {
        let grpc = grpcPort.map { ", gRPC \(host):\($0)" } ?? ""
        Terminal.print(
            "Martlet \(MartletVersion.current) is ready: http://\(host):\(port)\(grpc)  (Ctrl-C stops it)"
        )
    }

    private func configuration(_ environment: [String: String]) throws -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.environment = environment
        configuration.host = host ?? environment["MARTLET_HOST"] ?? configuration.host
        configuration.port = try Self.portNumber(port, "MARTLET_PORT", environment) ?? configuration.port
        configuration.grpcPort = try Self.portNumber(grpcPort, "MARTLET_GRPC_PORT", environment)
        configuration.dataDirectory = dataDir ?? environment["MARTLET_DATA_DIR"] ?? configuration.dataDirectory
        configuration.backendStoreURI = backendStoreURI ?? environment["MARTLET_BACKEND_STORE_URI"]
        configuration.defaultArtifactRoot = defaultArtifactRoot ?? environment["MARTLET_DEFAULT_ARTIFACT_ROOT"]
        configuration.artifactRoots = Self.list(artifactRoots ?? environment["MARTLET_ARTIFACT_ROOTS"] ?? "")
        configuration.artifactsDestination = artifactsDestination ?? environment["MARTLET_ARTIFACTS_DESTINATION"]
        let serves = try serveArtifacts ?? Self.flag("MARTLET_SERVE_ARTIFACTS", in: environment)
        configuration.servesArtifacts = serves ?? true
        configuration.defaultEndpoint = defaultEndpoint ?? environment["MARTLET_DEFAULT_ENDPOINT"]
        configuration.python = try workers.settings(environment)
        configuration.predictionDays = try predictionDays(environment)
        configuration.predictionLimits = try limits.limits(environment)
        configuration.runLimits = try runs.limits(environment)
        configuration.resultCacheBytes = try cache.bytes(environment) ?? configuration.resultCacheBytes
        configuration.allowsAnonymous = allowAnonymous
        let hosts = allowedHosts ?? environment["MARTLET_ALLOWED_HOSTS"] ?? ""
        configuration.publicURL = publicURL ?? environment["MARTLET_PUBLIC_URL"]
        configuration.externalMLflow = withMLflow ?? environment["MARTLET_WITH_MLFLOW"]
        configuration.webhookSchemes = Self.schemes(webhookSchemes ?? environment["MLFLOW_WEBHOOK_ALLOWED_SCHEMES"])
        configuration.gatewaySchemes = Self.schemes(environment["MLFLOW_GATEWAY_API_BASE_ALLOWED_SCHEMES"])
        let allowsPrivateGateways = try Self.flag("MLFLOW_GATEWAY_API_BASE_ALLOW_PRIVATE_IPS", in: environment)
        configuration.allowsPrivateGateways = allowsPrivateGateways ?? false
        configuration.gatewayPassphrase = environment["MLFLOW_CRYPTO_KEK_PASSPHRASE"].flatMap { $0.isEmpty ? nil : $0 }
        let allowsPrivate = try Self.flag("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", in: environment)
        configuration.allowsPrivateWebhooks = allowPrivateWebhooks || allowsPrivate ?? false
        let target = environment["MLFLOW_DEPLOYMENTS_TARGET"] ?? ""
        configuration.deploymentsTarget = target.isEmpty ? nil : target
        configuration.allowedHosts = Self.list(hosts)
        return configuration
    }

    private func predictionDays(_ environment: [String: String]) throws -> Int? {
        let variable = "MARTLET_KEEP_PREDICTIONS"
        guard let days = try keepPredictions ?? environment[variable].map({ try Self.number($0, variable) }) else {
            return nil
        }
        guard (1...36_500).contains(days) else {
            throw ValidationError("Predictions are kept for 1 to 36500 days, not \(days).")
        }
        return days
    }

    /// The schemes between the commas of `text`; https alone where there is none.
    private static func schemes(_ text: String?) -> [String] {
        list(text ?? "https").map { $0.lowercased() }
    }

    /// The port that an option gives, or else a variable of the environment.
    static func portNumber(_ option: Int?, _ variable: String, _ environment: [String: String]) throws -> Int? {
        guard let port = try option ?? environment[variable].map({ try number($0, variable) }) else { return nil }
        guard (0...65_535).contains(port) else {
            throw ValidationError("A port is a number from 0 to 65535, not \(port).")
        }
        return port
    }

    private static func number(_ text: String, _ variable: String) throws -> Int {
        guard let number = Int(text) else { throw ValidationError("\(variable) is not a number: '\(text)'.") }
        return number
    }

    /// What stands between commas.
    static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static func flag(_ variable: String, in environment: [String: String]) throws -> Bool? {
        guard let text = environment[variable] else { return nil }
        switch text.lowercased() {
        case "true", "1": return true
        case "false", "0": return false
        default: throw ValidationError("\(variable) is neither true nor false: '\(text)'.")
        }
    }

    /// How much to log, as an option says, or else the environment.
    static func level(_ option: String?, _ environment: [String: String]) throws -> Logger.Level {
        guard let name = option ?? environment["MARTLET_LOG_LEVEL"] else { return .notice }
        guard let level = Logger.Level(rawValue: name) else {
            let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("There is no log level '\(name)'. Known are \(known).")
        }
        return level
    }
}
