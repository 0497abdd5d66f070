import ArgumentParser
import Foundation
import Glibc
import Kernel
import Martlet
import Server

/// `martlet gc`: removes for good what is deleted.
struct GarbageCollectionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Remove deleted runs, experiments and logged models for good, with their artifacts.",
        discussion: """
            It works on the server's database and artifacts, so run it with the same --data-dir, --backend-store-uri, \
            --artifacts-destination and --default-artifact-root as 'martlet server', or the same environment; the \
            server may be running.
            What a model version needs stays, and so does the run that an active run names as its parent; the report \
            says what stays and why. With --run-ids, --experiment-ids or --logged-model-ids nothing but what is named \
            goes; without them also files whose run, logged model or trace is gone, and uploads that were never \
            finished. Traces go with their experiment.
            Example: martlet gc --older-than 30d --dry-run
            Exit codes: 0 done; 1 could not, or the answer was no; 2 wrong options, or nobody to ask.
            """
    )

    @Option(help: "The server's folder. (default: ./martlet-data)")
    var dataDir: String?

    @Option(
        help: ArgumentHelp(
            "The server's database. (default: SQLite in its folder)",
            valueName: "sqlite:///… | postgresql://…"
        )
    )
    var backendStoreURI: String?

    @Option(
        help: ArgumentHelp(
            "Where the server keeps artifacts. (default: artifacts in its folder)",
            valueName: "folder | s3://bucket/prefix"
        )
    )
    var artifactsDestination: String?

    @Option(help: ArgumentHelp("The server's --default-artifact-root, where it has one.", valueName: "uri"))
    var defaultArtifactRoot: String?

    @Option(help: "Taken for scripts written for 'mlflow gc'; it is not used.")
    var trackingURI: String?

    @Option(help: ArgumentHelp("Only what was deleted at least so long ago: 30d, 2d8h5m20s.", valueName: "age"))
    var olderThan: Age?

    @Option(name: .customLong("run-ids"), help: ArgumentHelp("Only these runs, between commas.", valueName: "ids"))
    var runIDs: String?

    @Option(
        name: .customLong("experiment-ids"),
        help: ArgumentHelp("Only these experiments with all that is in them, between commas.", valueName: "ids")
    )
    var experimentIDs: String?

    @Option(
        name: .customLong("logged-model-ids"),
        help: ArgumentHelp("Only these logged models, between commas.", valueName: "ids")
    )
    var loggedModelIDs: String?

    @Option(
        help: ArgumentHelp(
            "Files without an owner go when nothing was uploaded beside them for so long. (default: 1d)",
            valueName: "age"
        )
    )
    var orphansOlderThan: Age?

    @Flag(help: "Say what would go, and remove nothing.")
    var dryRun = false

    @Flag(help: "Print JSON for programs.")
    var json = false

    @OptionGroup
    var confirmation: Confirmation

    func validate() throws {
        do {
            _ = try request()
        } catch let error as MartletError {
            throw ValidationError(error.message)
        }
    }

    func run() async throws {
        let configuration = serverConfiguration(ProcessInfo.processInfo.environment)
        try ExitCodes.wrongOption { try configuration.checkOptions() }
        do {
            let collection = try await GarbageCollection(configuration)
            let outcome: Result<CollectionReport?, any Error>
            do {
                outcome = .success(try await report(collection))
            } catch {
                outcome = .failure(error)
            }
            await collection.close()
            if let report = try outcome.get() { show(report) }
        } catch let error as ExitCode {
            throw error
        } catch let error as ClientError {
            Terminal.printError("martlet: \(error)")
            throw ExitCodes.of(error)
        } catch {
            let text = (error as? MartletError)?.message ?? "\(error)"
            Terminal.printError("martlet: \(DisplayText.lines(text))")
            throw ExitCode(ExitCodes.refused)
        }
    }

    /// What was done; where a person is asked first, he sees what would be.
    private func report(_ collection: GarbageCollection) async throws -> CollectionReport? {
        var request = try request()
        request.asOf = collection.now()
        if dryRun { return try await collection.survey(request) }
        if !confirmation.yes {
            if isatty(STDIN_FILENO) == 1 {
                let survey = try await collection.survey(request)
                guard !survey.isEmpty else { return survey }
                Terminal.note(CollectionText.text(survey, Output(isJSON: false, [:])) + "\n\n")
            }
            try confirmation.ask("Remove all that for good?")
        }
        return try await collection.collect(request)
    }

    private func show(_ report: CollectionReport) {
        let output = Output(isJSON: json, ProcessInfo.processInfo.environment)
        Terminal.print(json ? CollectionText.json(report).text : CollectionText.text(report, output))
    }

    private func request() throws -> GarbageCollection.Request {
        var request = GarbageCollection.Request()
        request.olderThanMs = olderThan?.milliseconds ?? 0
        if let orphansOlderThan { request.graceMs = orphansOlderThan.milliseconds }
        request.runIDs = Self.list(runIDs)?.map { RunID($0) }
        request.experimentIDs = try Self.list(experimentIDs)?.map { try ExperimentID($0) }
        request.loggedModelIDs = Self.list(loggedModelIDs)?.map { LoggedModelID($0) }
        return request
    }

    private static func list(_ text: String?) -> [String]? {
        text?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    private func serverConfiguration(_ environment: [String: String]) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.environment = environment
        configuration.dataDirectory = dataDir ?? environment["MARTLET_DATA_DIR"] ?? configuration.dataDirectory
        configuration.backendStoreURI = backendStoreURI ?? environment["MARTLET_BACKEND_STORE_URI"]
        configuration.artifactsDestination = artifactsDestination ?? environment["MARTLET_ARTIFACTS_DESTINATION"]
        configuration.defaultArtifactRoot = defaultArtifactRoot ?? environment["MARTLET_DEFAULT_ARTIFACT_ROOT"]
        return configuration
    }
}
