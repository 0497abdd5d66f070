import ArgumentParser
import Database
import Foundation
import Kernel
import Logging
import MLflowImport
import Server

/// `martlet import`: what is brought over from elsewhere.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring over what another system holds.",
        subcommands: [ImportMLflowCommand.self]
    )
}

/// `martlet import mlflow`: an MLflow's database and artifacts.
struct ImportMLflowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mlflow",
        abstract: "Bring over an MLflow: its database, and the artifacts that its server or its folders hold.",
        discussion: """
            Stop MLflow, and the Martlet server of the data folder, for the time of the import. Ended at any moment, \
            it goes on when started again; done again, it adds what is new. At the end both sides are compared.
            Exit codes: 0 both sides are equal; 1 they differ, or the import could not be done; 2 wrong options.
            """
    )

    @Option(
        name: .customLong("from"),
        help: ArgumentHelp("MLflow's database.", valueName: "sqlite:///… | postgresql://…")
    )
    var source: String

    @Option(help: "The folder in which MLflow's server keeps artifacts: its --artifacts-destination.")
    var artifactRoot: String?

    @Option(help: "The folder for databases and artifacts. (default: ./martlet-data)")
    var dataDir: String?

    @Option(
        help: ArgumentHelp(
            "Where Martlet's server keeps artifacts. (default: artifacts in the data folder)",
            valueName: "folder | s3://bucket/prefix"
        )
    )
    var artifactsDestination: String?

    @Option(
        help: ArgumentHelp(
            "The metadata's database. (default: SQLite in the data folder)",
            valueName: "sqlite:///… | postgresql://…"
        )
    )
    var backendStoreURI: String?

    @Flag(help: "Say what there is and what is in the way, and bring nothing over.")
    var dryRun = false

    @Flag(help: "Print JSON for programs.")
    var json = false

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        var configuration = ServerConfiguration()
        configuration.environment = environment
        configuration.dataDirectory = dataDir ?? environment["MARTLET_DATA_DIR"] ?? configuration.dataDirectory
        configuration.backendStoreURI = backendStoreURI ?? environment["MARTLET_BACKEND_STORE_URI"]
        configuration.artifactsDestination = artifactsDestination ?? environment["MARTLET_ARTIFACTS_DESTINATION"]
        try ExitCodes.wrongOption {
            try ServerConfiguration.checkDatabase(source)
            try configuration.checkOptions()
        }
        var logger = Logger(label: "martlet")
        logger.logLevel = .warning
        let meter = MeterForm.onTerminal(Output(isJSON: false, environment))
        let pace = meter.map { MeterPace($0) }
        let report: ImportReport
        do {
            report = try await MLflowImportRun(configuration: configuration, logger: logger).run(
                from: source,
                artifactRoot: artifactRoot,
                isPlan: dryRun,
                progress: { progress in
                    guard let meter, pace?.isDue() == true else { return }
                    meter.show("\(DisplayText.line(progress.step))  \(progress.count)", .null)
                }
            )
        } catch {
            meter?.end()
            Terminal.printError("martlet: \(DisplayText.lines(Self.text(error)))")
            throw ExitCode(1)
        }
        meter?.end()
        Terminal.print(json ? report.json.text : report.text(Output(isJSON: false, environment)))
        guard report.isEqual else { throw ExitCode(1) }
    }

    private static func text(_ error: any Error) -> String {
        switch error {
        case let error as MartletError: error.message
        case let error as DatabaseError: "The database failed: \(error.message)"
        default: "\(error)"
        }
    }
}
