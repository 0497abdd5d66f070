import ArgumentParser
import Kernel
import Martlet

/// `martlet models protect`.
struct ModelsProtectCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "protect",
        abstract: "Let the versions of a model change their stage by approved requests alone.",
        discussion: """
            'martlet transitions' makes and decides such requests. Two people lift the protection again, by
            'martlet models unprotect'; until then the model is neither renamed nor deleted.
            Example: martlet models protect iris
            """
    )

    @Argument(help: "The model's name.")
    var model: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let protection = try await client.setProtection(of: model, true)
        output.done(
            protection.json,
            "Versions of '\(model)' change their stage by approved requests alone."
        )
    }
}
