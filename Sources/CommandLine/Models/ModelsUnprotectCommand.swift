import ArgumentParser
import Kernel
import Martlet

/// `martlet models unprotect`.
struct ModelsUnprotectCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "unprotect",
        abstract: "Let anybody change the stages of a model's versions again.",
        discussion: "Example: martlet models unprotect iris"
    )

    @Argument(help: "The model's name.")
    var model: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        try await client.setProtection(of: model, false)
        output.done(
            ["name": .string(model), "protected": false],
            "Versions of '\(model)' change their stage without requests."
        )
    }
}
