import ArgumentParser

/// `martlet aliases`: names for versions.
struct AliasesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aliases",
        abstract: "Let aliases name model versions.",
        discussion: ExitCodes.help,
        subcommands: [
            AliasesSetCommand.self,
            AliasesDeleteCommand.self,
        ]
    )
}
