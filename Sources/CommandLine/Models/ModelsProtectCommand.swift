import ArgumentParser
import Kernel
import Martlet

/// `martlet models protect`.
struct ModelsProtectCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "protect",
        abstract: "Let the versions of a model change their stage by approved requests alone.",
        discussion: """
            'martlet transitions' makes and decides such requests.
            Example: martlet models protect iris
            """
    )

    @Argument(help: "The model's name.")
    var model: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        try await client.setProtection(of: model, true)
        output.done(
            ["name": .string(model), "protected": true],
            "Versions of '\(model)' change their stage by approved requests alone."
        )
    }
}
