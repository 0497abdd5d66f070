import ArgumentParser
import Martlet

/// `martlet runs show`.
struct RunsShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a run with its parameters, metrics and tags.",
        discussion: "Example: martlet runs show 0123456789abcdef0123456789abcdef"
    )

    @Argument(help: "The run's id.")
    var run: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.run(run)
        var details = Details()
        details.add("id", found.id)
        details.add("name", found.name)
        details.add("experiment", found.experimentID)
        details.add("status", found.status, .run(found.status))
        details.add("stage", found.lifecycleStage, .lifecycle(found.lifecycleStage))
        details.add("user", found.user)
        details.add("started", Readable.time(found.startedAt))
        details.add("ended", Readable.time(found.endedAt))
        details.add("took", Readable.duration(found.startedAt, found.endedAt))
        details.add("artifacts", found.artifactURI)
        details.add("Parameters", found.params)
        details.add(
            "Metrics",
            Table(
                columns: [
                    .init(title: "KEY", isFlexible: true), .init(title: "LATEST", isNumber: true),
                    .init(title: "STEP", isNumber: true), .init(title: "LOGGED", isOptional: true),
                ],
                rows: found.metrics.map {
                    [
                        .init($0.key), .init(Readable.number($0.value)), .init(String($0.step)),
                        .init(Readable.time($0.loggedAt), .faint),
                    ]
                }
            )
        )
        details.add("Tags", found.tags)
        output.show(found.json, details)
    }
}
