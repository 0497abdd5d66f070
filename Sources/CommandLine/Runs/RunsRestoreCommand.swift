import ArgumentParser
import Martlet

/// `martlet runs restore`.
struct RunsRestoreCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Bring deleted runs back.",
        discussion: "Example: martlet runs restore 0123456789abcdef0123456789abcdef"
    )

    @Argument(help: "The runs' ids.")
    var run: [String]

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        try await RunsCommand.mark(run, "active", output) { try await client.restoreRun($0) }
    }
}
