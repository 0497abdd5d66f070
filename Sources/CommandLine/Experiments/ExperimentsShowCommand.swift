import ArgumentParser
import Martlet

/// `martlet experiments show`.
struct ExperimentsShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show an experiment with its tags.",
        discussion: "Example: martlet experiments show iris"
    )

    @Argument(help: "The experiment's id or name.")
    var experiment: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.experiment(experiment)
        var details = Details()
        details.add("id", found.id)
        details.add("name", found.name)
        details.add("stage", found.lifecycleStage, .lifecycle(found.lifecycleStage))
        details.add("artifacts", found.artifactLocation)
        details.add("created", Readable.time(found.createdAt))
        details.add("changed", Readable.time(found.updatedAt))
        details.add("Tags", found.tags)
        output.show(found.json, details)
    }
}
