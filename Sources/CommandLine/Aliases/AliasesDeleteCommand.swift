import ArgumentParser
import Kernel
import Martlet

/// `martlet aliases delete`.
struct AliasesDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Take an alias away; the version that it named stays.",
        discussion: "Example: martlet aliases delete iris champion"
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "The alias.")
    var alias: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        try await client.deleteAlias(alias, of: model)
        output.done(
            ["name": .string(model), "alias": .string(alias), "deleted": true],
            "'\(alias)' names no version of '\(model)' any longer."
        )
    }
}
