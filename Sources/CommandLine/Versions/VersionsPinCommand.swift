import ArgumentParser
import Martlet

/// `martlet versions pin`.
struct VersionsPinCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin",
        abstract: "Have the server read the files of a version that has no pin, once more.",
        discussion: """
            The server reads in the background; `martlet versions files` shows what came of it.
            Example: martlet versions pin iris 3
            """
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "The version's number, or its semantic version.")
    var version: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.requestPin(ofVersion: version, of: model)
        var details = Details()
        details.add("pin", found.pinState)
        details.add("digest", found.digest)
        output.show(found.json, details)
    }
}
