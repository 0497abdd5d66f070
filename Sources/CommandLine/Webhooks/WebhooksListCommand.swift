import ArgumentParser
import Martlet

/// `martlet webhooks list`.
struct WebhooksListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List webhooks with their last delivery, the newest first.",
        discussion: "Example: martlet webhooks list"
    )

    @OptionGroup var range: ListOptions
    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        output.list(
            try await client.webhooks().gather(range.bound),
            none: "There are no webhooks.",
            columns: [
                .init(title: "ID"), .init(title: "NAME", isFlexible: true), .init(title: "STATE"),
                .init(title: "EVENTS", isFlexible: true), .init(title: "LAST DELIVERY"),
                .init(title: "AT", isOptional: true), .init(title: "URL", isFlexible: true, isOptional: true),
            ]
        ) { webhook in
            let last = webhook.lastDelivery
            return [
                .init(webhook.id), .init(webhook.name), .init(Self.state(webhook), .webhook(webhook.isActive)),
                .init(webhook.events.joined(separator: ", ")),
                .init(last?.state ?? "–", last.flatMap { Style.Tone.delivery($0.state) } ?? .faint),
                .init(Readable.time(last?.createdAt), .faint), .init(webhook.url),
            ]
        }
    }

    /// Whether a webhook is told of anything, in a word.
    static func state(_ webhook: Webhook) -> String { webhook.isActive ? "active" : "paused" }
}
