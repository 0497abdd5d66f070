import ArgumentParser
import Martlet

/// `martlet transitions comment`.
struct TransitionsCommentCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "comment",
        abstract: "Say something about a request, decided or not.",
        discussion: "Example: martlet transitions comment 0123456789abcdef0123456789abcdef 'On which data?'"
    )

    @Argument(help: "The request's id.")
    var request: String

    @Argument(help: "What there is to say.")
    var text: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let discussed = try await client.commentOnTransition(request, text)
        output.done(discussed.json, "Said it about request \(discussed.id).")
    }
}
