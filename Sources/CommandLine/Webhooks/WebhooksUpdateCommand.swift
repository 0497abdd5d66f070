import ArgumentParser
import Martlet

/// `martlet webhooks update`.
struct WebhooksUpdateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change a webhook; what is not given stays as it is.",
        discussion: """
            While it is paused a webhook misses what happens; what it was to be told before is sent when it is resumed.

            Example: martlet webhooks update promotions --event endpoint.deployed --resume
            """
    )

    @OptionGroup var subject: WebhookArgument

    @Option(help: "Its new name.")
    var name: String?

    @Option(help: "Where it is told.")
    var url: String?

    @Option(help: ArgumentHelp("What it is told of, instead of all before; may be repeated.", valueName: "event"))
    var event: [String] = []

    @Option(help: ArgumentHelp("What it is for.", valueName: "text"))
    var description: String?

    @Flag(help: "Tell it of nothing.")
    var pause = false

    @Flag(help: "Tell it of what happens from now on.")
    var resume = false

    @Flag(help: "Sign its deliveries no longer.")
    var noSecret = false

    @OptionGroup var signing: SecretOptions
    @OptionGroup var options: ClientOptions

    func validate() throws {
        guard !(pause && resume) else { throw ValidationError("--pause and --resume can't both be given.") }
        let hasSecret = signing.secretFile != nil || signing.secretVariable != nil
        guard !(noSecret && hasSecret) else {
            throw ValidationError("--no-secret can't be given with a secret.")
        }
        guard hasSecret || !fields(secret: nil).isEmpty else {
            throw ValidationError("Nothing is to be changed: give an option.")
        }
    }

    func run(_ client: MartletClient, _ output: Output) async throws {
        let fields = fields(secret: try signing.secret())
        let found = try await subject.found(by: client)
        let changed = try await client.updateWebhook(found.id, fields)
        output.done(changed.json, "Changed webhook \(changed.id), '\(changed.name)'.")
    }

    private func fields(secret: String?) -> WebhookFields {
        var fields = WebhookFields()
        fields.name = name
        fields.url = url
        fields.events = event.isEmpty ? nil : event
        fields.about = description
        fields.secret = noSecret ? "" : secret
        if pause || resume { fields.isActive = resume }
        return fields
    }
}
