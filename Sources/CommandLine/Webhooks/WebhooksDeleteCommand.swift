import ArgumentParser
import Kernel
import Martlet

/// `martlet webhooks delete`.
struct WebhooksDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a webhook with what it was not told yet, for good.",
        discussion: "Example: martlet webhooks delete promotions --yes"
    )

    @OptionGroup var subject: WebhookArgument
    @OptionGroup var confirmation: Confirmation
    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await subject.found(by: client)
        try confirmation.ask(
            "Delete webhook '\(DisplayText.line(found.name))' with what it was not told yet, for good?"
        )
        try await client.deleteWebhook(found.id)
        output.done(["id": .string(found.id), "deleted": true], "Webhook '\(found.name)' is deleted.")
    }
}
