import ArgumentParser

/// `martlet transitions`: changes of stage that need two people.
struct TransitionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transitions",
        abstract: "Ask for changes of stage, and approve or reject them.",
        discussion: """
            Who asks can't approve; 'reject' takes a request back. 'martlet models protect' lets the versions of a \
            model change their stage in no other way.
            \(ExitCodes.help)
            """,
        subcommands: [
            TransitionsListCommand.self,
            TransitionsShowCommand.self,
            TransitionsRequestCommand.self,
            TransitionsApproveCommand.self,
            TransitionsRejectCommand.self,
            TransitionsCommentCommand.self,
        ]
    )
}
