import ArgumentParser
import Martlet

/// `martlet webhooks deliveries`.
struct WebhooksDeliveriesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries",
        abstract: "List what a webhook was told and what became of it, the newest first; kept for a week.",
        discussion: "Example: martlet webhooks deliveries promotions --state failed"
    )

    @OptionGroup var subject: WebhookArgument

    @Option(help: "Only those in this state.")
    var state: DeliveryStateOption?

    @OptionGroup var range: ListOptions
    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await subject.found(by: client)
        output.list(
            try await client.deliveries(ofWebhook: found.id, state: state?.rawValue).gather(range.bound),
            none: "There are no such deliveries.",
            columns: [
                .init(title: "ID"), .init(title: "EVENT", isFlexible: true), .init(title: "STATE"),
                .init(title: "ATTEMPTS", isNumber: true), .init(title: "STATUS", isNumber: true),
                .init(title: "TOLD", isOptional: true), .init(title: "ENDED OR NEXT", isOptional: true),
                .init(title: "REASON", isFlexible: true),
            ]
        ) { delivery in
            [
                .init(delivery.id), .init(delivery.event), .init(delivery.state, .delivery(delivery.state)),
                .init(String(delivery.attempts)), .init(delivery.responseStatus.map { String($0) } ?? "–"),
                .init(Readable.time(delivery.createdAt), .faint),
                .init(Readable.time(delivery.finishedAt ?? delivery.nextAttemptAt), .faint), .init(delivery.reason),
            ]
        }
    }
}
