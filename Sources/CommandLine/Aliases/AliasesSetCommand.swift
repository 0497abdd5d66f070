import ArgumentParser
import Kernel
import Martlet

/// `martlet aliases set`.
struct AliasesSetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Let an alias name a version, and no other version of the model any longer.",
        discussion: "Example: martlet aliases set iris champion 3"
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "The alias.")
    var alias: String

    @Argument(help: "The version's number, or its semantic version.")
    var version: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        try await client.setAlias(alias, of: model, to: version)
        output.done(
            ["name": .string(model), "alias": .string(alias), "version": .string(version)],
            "'\(alias)' is version \(version) of '\(model)'."
        )
    }
}
