import ArgumentParser

/// `martlet alerts`: what monitoring found.
struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "List and acknowledge alerts.",
        discussion: ExitCodes.help,
        subcommands: [
            AlertsListCommand.self,
            AlertsAcknowledgeCommand.self,
        ]
    )
}
