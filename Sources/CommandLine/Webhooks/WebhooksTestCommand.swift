import ArgumentParser
import Martlet

/// `martlet webhooks test`.
struct WebhooksTestCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Send a webhook an example, once and now, and show what the receiver answers.",
        discussion: """
            Ends with 1 when the receiver does not take it. The server waits 30 seconds for the receiver; a longer \
            --timeout lets it.

            Example: martlet webhooks test promotions --event model_version.transitioned
            """
    )

    @OptionGroup var subject: WebhookArgument

    @Option(help: ArgumentHelp("What the example tells of. (default: the first of its events)", valueName: "event"))
    var event: String?

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await subject.found(by: client)
        let result = try await client.testWebhook(found.id, event: event)
        guard !result.succeeded else { return output.done(result.json, Self.sentence(result)) }
        guard output.isJSON else { throw ClientError(.refused, Self.sentence(result)) }
        output.done(result.json, "")
        throw ExitCode(ExitCodes.refused)
    }

    /// What came of it, in a sentence.
    static func sentence(_ result: WebhookTestResult) -> String {
        guard let status = result.responseStatus else { return "The receiver did not take it: \(result.reason)." }
        let said = result.responseBody.isEmpty ? "" : ": \(DisplayText.cut(result.responseBody, to: 200))"
        return "The receiver \(result.succeeded ? "took it" : "refused it") with HTTP \(status)\(said)"
    }
}
