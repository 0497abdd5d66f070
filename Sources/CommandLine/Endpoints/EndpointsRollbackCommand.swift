import ArgumentParser
import Martlet

/// `martlet endpoints rollback`.
struct EndpointsRollbackCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Bring back what an endpoint served before; asked again, what it served before that.",
        discussion: "Example: martlet endpoints rollback iris"
    )

    @Argument(help: "The endpoint's name.")
    var endpoint: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.rollBack(endpoint)
        output.done(
            found.json,
            "Endpoint '\(found.name)' serves version \(found.modelVersion) of '\(found.modelName)' again."
        )
    }
}
