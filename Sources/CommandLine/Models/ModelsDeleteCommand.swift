import ArgumentParser
import Kernel
import Martlet

/// `martlet models delete`.
struct ModelsDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a registered model with its versions, for good.",
        discussion: "Example: martlet models delete iris --yes"
    )

    @Argument(help: "The model's name.")
    var model: String

    @OptionGroup var confirmation: Confirmation
    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        try confirmation.ask("Delete model '\(DisplayText.line(model))' and its versions for good?")
        try await client.deleteModel(model)
        output.done(["name": .string(model), "deleted": true], "Model '\(model)' is deleted.")
    }
}
