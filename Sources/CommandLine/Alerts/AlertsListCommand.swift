import ArgumentParser
import Martlet

/// `martlet alerts list`.
struct AlertsListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List alerts, the newest first.",
        discussion: "Example: martlet alerts list --state open"
    )

    @Option(help: "Only those in this state.")
    var state = AlertStateOption.all

    @Option(help: "Only those of a type: DRIFT, PERFORMANCE, ERROR or WARNING.")
    var type: String?

    @OptionGroup var range: ListOptions
    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        output.list(
            try await client.alerts(state: state.rawValue, type: type).gather(range.bound),
            none: "There are no such alerts.",
            columns: [
                .init(title: "ID"), .init(title: "SEVERITY"), .init(title: "STATE"),
                .init(title: "ENDPOINT", isFlexible: true), .init(title: "MESSAGE", isFlexible: true),
                .init(title: "SEEN", isNumber: true, isOptional: true), .init(title: "LAST SEEN", isOptional: true),
            ]
        ) { alert in
            [
                .init(alert.id), .init(alert.severity, .alert(alert.severity)), .init(alert.state),
                .init(alert.endpoint), .init(alert.message), .init(String(alert.count)),
                .init(Readable.time(alert.lastSeenAt), .faint),
            ]
        }
    }
}
