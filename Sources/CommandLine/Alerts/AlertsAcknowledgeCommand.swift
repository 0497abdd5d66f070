import ArgumentParser
import Martlet

/// `martlet alerts acknowledge`.
struct AlertsAcknowledgeCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge",
        abstract: "Say that an alert was seen.",
        discussion: "Example: martlet alerts acknowledge ID --note 'the sensor was replaced'"
    )

    @Argument(help: "The alert's id, as 'martlet alerts list' shows it.")
    var alert: String

    @Option(help: "What was found.")
    var note: String?

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let acknowledged = try await client.acknowledgeAlert(alert, note: note)
        output.done(acknowledged.json, "Alert \(acknowledged.id) is \(acknowledged.state).")
    }
}
