import ArgumentParser
import Martlet

/// `martlet runs delete`.
struct RunsDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Mark runs as deleted; 'restore' brings them back.",
        discussion: "Example: martlet runs delete 0123456789abcdef0123456789abcdef"
    )

    @Argument(help: "The runs' ids.")
    var run: [String]

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        try await RunsCommand.mark(run, "deleted", output) { try await client.deleteRun($0) }
    }
}
