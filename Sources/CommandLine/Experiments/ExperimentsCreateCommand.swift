import ArgumentParser
import Kernel
import Martlet

/// `martlet experiments create`.
struct ExperimentsCreateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make an experiment.",
        discussion: "Example: martlet experiments create iris --tag team=flowers"
    )

    @Argument(help: "Its name, which no other experiment may have.")
    var name: String

    @Option(help: ArgumentHelp("A tag; may be repeated.", valueName: "key=value"))
    var tag: [TagArgument] = []

    @Option(help: ArgumentHelp("Where its runs keep their files. (default: what the server says)", valueName: "uri"))
    var artifactLocation: String?

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let id = try await client.createExperiment(
            name,
            artifactLocation: artifactLocation,
            tags: tag.map { ($0.key, $0.value) }
        )
        output.done(["experiment_id": .string(id), "name": .string(name)], "Made experiment \(id), '\(name)'.")
    }
}
