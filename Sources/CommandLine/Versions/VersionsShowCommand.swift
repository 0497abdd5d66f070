import ArgumentParser
import Martlet

/// `martlet versions show`.
struct VersionsShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a version of a model.",
        discussion: "Example: martlet versions show iris 3"
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "The version's number, or its semantic version.")
    var version: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.version(version, of: model)
        var details = Details()
        details.add("model", found.name)
        details.add("version", found.version)
        details.add("stage", found.stage, .stage(found.stage))
        details.add("status", found.status)
        details.add("aliases", found.aliases.joined(separator: ", "))
        details.add("description", found.description)
        details.add("source", found.source)
        details.add("run", found.runID)
        details.add("user", found.user)
        details.add("created", Readable.time(found.createdAt))
        details.add("changed", Readable.time(found.updatedAt))
        details.add("Tags", found.tags)
        output.show(found.json, details)
    }
}
