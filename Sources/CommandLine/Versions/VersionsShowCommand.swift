import ArgumentParser
import Martlet

/// `martlet versions show`.
struct VersionsShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a version of a model with what is told of it.",
        discussion: """
            With --json, what is told of it beyond its files stands in 'document'.
            Example: martlet versions show iris 1.4.0
            """
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "The version's number, or its semantic version.")
    var version: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.describedVersion(version, of: model)
        var details = Details()
        details.add("model", found.name)
        details.add("version", found.version)
        for fact in found.document?.facts ?? [] { details.add(fact.name, fact.value) }
        details.add("stage", found.stage, .stage(found.stage))
        details.add("status", found.status)
        details.add("aliases", found.aliases.joined(separator: ", "))
        details.add("description", found.description)
        details.add("source", found.source)
        details.add("digest", found.document?.digest ?? "")
        details.add("run", found.runID)
        details.add("user", found.user)
        details.add("created", Readable.time(found.createdAt))
        details.add("changed", Readable.time(found.updatedAt))
        if let document = found.document { details.addParts(of: document) }
        details.add("Tags", found.tags)
        output.show(found.json, details)
    }
}
