import ArgumentParser
import Martlet

/// `martlet webhooks show`.
struct WebhooksShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a webhook with its events and its last delivery.",
        discussion: "Example: martlet webhooks show promotions"
    )

    @OptionGroup var subject: WebhookArgument
    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await subject.found(by: client)
        output.show(found.json, Self.details(found))
    }

    private static func details(_ webhook: Webhook) -> Details {
        var details = Details()
        details.add("id", webhook.id)
        details.add("name", webhook.name)
        details.add("url", webhook.url)
        details.add("state", WebhooksListCommand.state(webhook), .webhook(webhook.isActive))
        details.add("signed", webhook.isSigned ? "yes" : "no")
        details.add("description", webhook.about)
        details.add("created", Readable.time(webhook.createdAt))
        details.add("changed", Readable.time(webhook.updatedAt))
        details.add("events", webhook.events.joined(separator: ", "))
        if let last = webhook.lastDelivery {
            let facts: [(name: String, value: String)] = [
                ("event", last.event), ("state", last.state), ("attempts", String(last.attempts)),
                ("status", last.responseStatus.map { String($0) } ?? ""), ("reason", last.reason),
                ("told", Readable.time(last.createdAt)), ("next attempt", Readable.time(last.nextAttemptAt)),
                ("ended", Readable.time(last.finishedAt)),
            ]
            details.add("Last delivery", facts.filter { !$0.value.isEmpty })
        }
        return details
    }
}
