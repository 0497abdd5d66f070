import ArgumentParser
import Kernel
import Martlet

/// `martlet endpoints delete`.
struct EndpointsDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Stop serving at an endpoint; 'deploy' brings it back.",
        discussion: "Example: martlet endpoints delete iris"
    )

    @Argument(help: "The endpoint's name.")
    var endpoint: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        try await client.deleteEndpoint(endpoint)
        output.done(["name": .string(endpoint), "deleted": true], "Endpoint '\(endpoint)' is gone.")
    }
}
