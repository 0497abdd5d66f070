import ArgumentParser

/// `martlet experiments`: groups of runs.
struct ExperimentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiments",
        abstract: "List, show, make, rename, delete and restore experiments.",
        discussion: ExitCodes.help,
        subcommands: [
            ExperimentsListCommand.self,
            ExperimentsShowCommand.self,
            ExperimentsCreateCommand.self,
            ExperimentsRenameCommand.self,
            ExperimentsDeleteCommand.self,
            ExperimentsRestoreCommand.self,
        ]
    )
}
