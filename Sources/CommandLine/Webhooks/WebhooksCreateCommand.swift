import ArgumentParser
import Martlet

/// `martlet webhooks create`.
struct WebhooksCreateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a webhook, which is told of what happens from now on.",
        discussion: """
            'martlet webhooks events' lists the events; '*' is all of them. A secret, by which the receiver knows who \
            sends, is read from a file, a variable or standard input, and never shown again.

            Example: martlet webhooks create promotions https://example.com/hook \
            --event model_version.transitioned --event endpoint.deployed --secret-file hook.secret
            """
    )

    @Argument(help: "Its name: letters, digits, dots, underscores and hyphens.")
    var name: String

    @Argument(help: "Where it is told, by https unless the server allows more.")
    var url: String

    @Option(help: ArgumentHelp("What it is told of; may be repeated.", valueName: "event"))
    var event: [String]

    @Option(help: ArgumentHelp("What it is for.", valueName: "text"))
    var description: String?

    @Flag(help: "Tell it of nothing until 'update --resume'.")
    var paused = false

    @OptionGroup var signing: SecretOptions
    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        var fields = WebhookFields()
        fields.name = name
        fields.url = url
        fields.events = event
        fields.about = description
        fields.isActive = !paused
        fields.secret = try signing.secret()
        let made = try await client.createWebhook(fields)
        output.done(made.json, "Made webhook \(made.id), '\(made.name)'.")
    }
}
