import ArgumentParser
import Martlet

/// `martlet webhooks events`.
struct WebhooksEventsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "List what a webhook can be told of; '*' is all of it.",
        discussion: "Example: martlet webhooks events"
    )

    @OptionGroup var range: ListOptions
    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        output.list(
            try await client.webhookEvents().gather(range.bound),
            none: "There are no events.",
            columns: [.init(title: "EVENT"), .init(title: "DATA AS")]
        ) { event in
            [.init(event.name), .init(event.isMLflow ? "MLflow" : "Martlet", .faint)]
        }
    }
}
