import ArgumentParser
import Kernel
import Martlet

/// `martlet versions delete`.
struct VersionsDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a version of a model, for good.",
        discussion: "Example: martlet versions delete iris 3 --yes"
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "The version's number, or its semantic version.")
    var version: String

    @OptionGroup var confirmation: Confirmation
    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        try confirmation.ask("Delete version \(DisplayText.line(version)) of '\(DisplayText.line(model))' for good?")
        try await client.deleteVersion(version, of: model)
        output.done(
            ["name": .string(model), "version": .string(version), "deleted": true],
            "Version \(version) of '\(model)' is deleted."
        )
    }
}
