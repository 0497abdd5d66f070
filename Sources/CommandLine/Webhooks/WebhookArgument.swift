import ArgumentParser
import Martlet

/// The webhook that a command is about.
struct WebhookArgument: ParsableArguments {
    @Argument(help: "The webhook's id, or its name where no other has it.")
    var webhook: String

    /// The webhook itself.
    ///
    /// - Throws: ``ClientError``.
    func found(by client: MartletClient) async throws(ClientError) -> Webhook {
        try await client.webhook(webhook)
    }
}
