import ArgumentParser
import Kernel
import Martlet

/// `martlet webhooks retry`.
struct WebhooksRetryCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Send a delivery once more, under the same id, whatever became of it.",
        discussion: "Example: martlet webhooks retry promotions 0123456789abcdef0123456789abcdef"
    )

    @OptionGroup var subject: WebhookArgument

    @Argument(help: "The delivery's id, as 'martlet webhooks deliveries' shows it.")
    var delivery: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await subject.found(by: client)
        try await client.retryDelivery(delivery, ofWebhook: found.id)
        output.done(["id": .string(delivery), "state": "pending"], "Delivery \(delivery) is sent once more.")
    }
}
