import ArgumentParser
import Kernel
import Martlet

/// `martlet runs export`.
struct RunsExportCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a run with every point of its metrics to a file.",
        discussion: """
            JSON has the run as the server describes it, and 'metric_history'; CSV has a row for each fact, with the \
            columns kind, key, value, step and timestamp (milliseconds since 1970).
            Example: martlet runs export 0123456789abcdef0123456789abcdef --output run.csv
            """
    )

    @Argument(help: "The run's id.")
    var run: String

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The file, or - for standard output. (default: the run's id with .json or .csv)",
            valueName: "file"
        )
    )
    var output: String?

    @Option(help: "json or csv. (default: what the file's name ends in, else json)")
    var format: RunExport.Format?

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.run(run)
        var histories: [(key: String, points: [MetricPoint])] = []
        for metric in found.metrics {
            histories.append((metric.key, try await client.metricHistory(of: found.id, metric.key).gather(nil).items))
        }
        let format = format ?? .of(self.output)
        let text = RunExport(run: found, histories: histories).text(format)
        guard self.output != "-" else { return Terminal.print(text) }
        let file = self.output ?? "\(found.id).\(format.rawValue)"
        try LocalFile(file).replace(with: text + "\n")
        let points = histories.reduce(0) { $0 + $1.points.count }
        output.done(
            ["run_id": .string(found.id), "file": .string(file), "points": .integer(Int64(points))],
            "Wrote run \(found.id) with \(points) metric points to \(file)."
        )
    }
}
