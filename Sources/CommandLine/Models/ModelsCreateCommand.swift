import ArgumentParser
import Martlet

/// `martlet models create`.
struct ModelsCreateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a registered model, which has no versions yet.",
        discussion: "Example: martlet models create iris --description 'Which iris is it?'"
    )

    @Argument(help: "Its name, which no other model may have.")
    var name: String

    @Option(help: "What it is for.")
    var description: String?

    @Option(help: ArgumentHelp("A tag; may be repeated.", valueName: "key=value"))
    var tag: [TagArgument] = []

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let made = try await client.createModel(
            name,
            description: description,
            tags: tag.map { ($0.key, $0.value) }
        )
        output.done(made.json, "Made model '\(made.name)'.")
    }
}
