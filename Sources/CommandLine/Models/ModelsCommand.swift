import ArgumentParser

/// `martlet models`: names under which versions are registered.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List, show, make, protect and delete registered models.",
        discussion: ExitCodes.help,
        subcommands: [
            ModelsListCommand.self,
            ModelsShowCommand.self,
            ModelsCreateCommand.self,
            ModelsDeleteCommand.self,
            ModelsProtectCommand.self,
            ModelsUnprotectCommand.self,
        ]
    )
}
