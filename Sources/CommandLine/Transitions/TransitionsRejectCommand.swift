import ArgumentParser
import Martlet

/// `martlet transitions reject`.
struct TransitionsRejectCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject",
        abstract: "Reject a request, or take an own one back.",
        discussion: "Example: martlet transitions reject 0123456789abcdef0123456789abcdef --comment 'too slow'"
    )

    @Argument(help: "The request's id.")
    var request: String

    @Option(help: ArgumentHelp("Why.", valueName: "text"))
    var comment: String?

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let rejected = try await client.rejectTransition(request, comment: comment)
        output.done(
            rejected.json,
            "Version \(rejected.version) of '\(rejected.modelName)' does not go to \(rejected.stage)."
        )
    }
}
