import ArgumentParser

/// `martlet artifacts`: files of runs.
struct ArtifactsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifacts",
        abstract: "List, download, upload and delete the files of a run.",
        discussion: ExitCodes.help,
        subcommands: [
            ArtifactsListCommand.self,
            ArtifactsDownloadCommand.self,
            ArtifactsUploadCommand.self,
            ArtifactsDeleteCommand.self,
        ]
    )
}
