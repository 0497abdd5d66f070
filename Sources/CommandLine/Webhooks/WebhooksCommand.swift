import ArgumentParser

/// `martlet webhooks`: who is told of changes.
struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks",
        abstract: "Have other systems told of changes, and see what arrived.",
        discussion: ExitCodes.help,
        subcommands: [
            WebhooksListCommand.self,
            WebhooksShowCommand.self,
            WebhooksEventsCommand.self,
            WebhooksCreateCommand.self,
            WebhooksUpdateCommand.self,
            WebhooksDeleteCommand.self,
            WebhooksTestCommand.self,
            WebhooksDeliveriesCommand.self,
            WebhooksRetryCommand.self,
        ]
    )
}
