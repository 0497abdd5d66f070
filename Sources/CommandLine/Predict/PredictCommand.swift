import Analytics
import ArgumentParser
import Foundation
import Martlet
import Serving

/// `martlet predict`.
struct PredictCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Predict the rows of a Parquet or CSV file with a registered version, into another file.",
        discussion: """
            The model comes from the server and runs here, whatever the number of rows; only versions whose files are \
            pinned do. A run that was interrupted, even by kill -9, goes on when the same command is given again: what it \
            has done lies beside the output, in OUTPUT.martlet. When the output is in its place, the server is told of it: \
            digests, schema and lineage.

            Exit codes: 0 done; 1 refused or failed; 2 wrong options; 3 no server answered; 130 or 143 stopped by a \
            signal.

            Example: martlet predict --model iris@champion --in flowers.parquet --out predicted.parquet --keep id
            """
    )

    @Option(
        help: ArgumentHelp(
            "The version: NAME@alias, NAME/3, NAME/Production, NAME/latest or NAME/1.4.0, with models:/ before it or not.",
            valueName: "model"
        )
    )
    var model: String

    @Option(name: .customLong("in"), help: ArgumentHelp("The file to read, .parquet or .csv.", valueName: "file"))
    var input: String

    @Option(name: .customLong("out"), help: ArgumentHelp("The file to write, .parquet or .csv.", valueName: "file"))
    var output: String

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Columns of the input that come along, before the predictions.", valueName: "columns")
    )
    var keep: [String] = []

    @Option(
        help: ArgumentHelp(
            "What becomes of a row that can't be predicted: fail ends and names it, skip leaves it out, null leaves its "
                + "predictions out and says why in the column \(BatchRequest.errorColumn). (default: fail)",
            valueName: "fail | skip | null"
        )
    )
    var onError: String?

    @Flag(help: "Throw away what an earlier run has left, and begin anew.")
    var restart = false

    @OptionGroup var engine: EngineOptions

    @OptionGroup(title: "Python")
    var workers: WorkerOptions

    @OptionGroup var options: ClientOptions

    func validate() throws {
        _ = try request()
    }

    func run(_ client: MartletClient, _ output: Output) async throws {
        let environment = ProcessInfo.processInfo.environment
        let errand = PredictErrand(
            client: client,
            reference: try ModelReference(model),
            request: try request(),
            threads: engine.threadCount,
            replicas: engine.replicas,
            python: try workers.settings(environment),
            environment: environment,
            meter: BatchMeter(output)
        )
        let done = try await Interruption.guarding(errand.meter.form) { try await errand.run() }
        let failed = done.failedRows > 0 ? " \(Readable.count(done.failedRows)) could not be predicted." : ""
        let seconds = Readable.rounded((done.seconds * 10).rounded() / 10)
        output.done(
            done.record,
            "Predicted \(Readable.count(done.rows)) rows in \(seconds) s with version \(done.version) of"
                + " '\(done.modelName)', to \(self.output).\(failed)"
        )
    }

    private func request() throws -> BatchRequest {
        var request = BatchRequest(
            input: Self.absolute(input),
            try Self.format(of: input, "--in"),
            output: Self.absolute(output),
            try Self.format(of: output, "--out")
        )
        guard let policy = BatchRequest.FaultPolicy(rawValue: onError ?? "fail") else {
            throw ValidationError("--on-error is fail, skip or null, not '\(onError ?? "")'.")
        }
        guard Set(keep).count == keep.count else { throw ValidationError("--keep names a column twice.") }
        request.onFault = policy
        request.kept = keep
        request.restarts = restart
        return request
    }

    private static func absolute(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.path
    }

    private static func format(of path: String, _ option: String) throws -> TableFormat {
        switch URL(fileURLWithPath: path).pathExtension.lowercased() {
        case "parquet", "pq": return .parquet
        case "csv": return .csv
        default: throw ValidationError("\(option) is a file that ends with .parquet or .csv, not '\(path)'.")
        }
    }
}
