import ArgumentParser

/// `martlet versions`: versions of registered models.
struct VersionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions",
        abstract: "List, show, register, describe, compare and delete model versions.",
        discussion: ExitCodes.help,
        subcommands: [
            VersionsListCommand.self,
            VersionsShowCommand.self,
            VersionsFilesCommand.self,
            VersionsPinCommand.self,
            VersionsCreateCommand.self,
            VersionsDescribeCommand.self,
            VersionsCompareCommand.self,
            VersionsDeleteCommand.self,
        ]
    )
}
