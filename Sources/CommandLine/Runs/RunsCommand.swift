import ArgumentParser

/// `martlet runs`: what was tried.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List, show, compare, export, delete and restore runs.",
        discussion: ExitCodes.help,
        subcommands: [
            RunsListCommand.self,
            RunsShowCommand.self,
            RunsCompareCommand.self,
            RunsExportCommand.self,
            RunsDeleteCommand.self,
            RunsRestoreCommand.self,
        ]
    )
}
