import ArgumentParser
import Kernel
import Martlet
import Registry

/// `martlet versions describe`.
struct VersionsDescribeCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Tell more of a version: its semantic version, metrics, parents, and what else a document holds.",
        discussion: """
            What is told takes the place of all that was told under that name: one --metric replaces all metrics, one \
            --code-commit the repository too. What is not named stays as it is.

            Example: martlet versions describe iris 3 --semantic-version 1.4.0 --metric accuracy=0.97 --clear author
            """
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "The version's number, or its semantic version.")
    var version: String

    @Option(help: ArgumentHelp("The run that made it, of a version of which none is known.", valueName: "id"))
    var run: String?

    @Option(help: ArgumentHelp("What shall be told no longer; may be repeated.", valueName: "field"))
    var clear: [DocumentMember] = []

    @OptionGroup(title: "Document") var about: DocumentOptions
    @OptionGroup var options: ClientOptions

    func validate() throws {
        guard about.document != nil || !told.isEmpty || !clear.isEmpty else {
            throw ValidationError("Nothing is told: give an option, --document or --clear.")
        }
        if let both = clear.first(where: { field in told.contains { $0.0 == field } }) {
            throw ValidationError("'\(both.rawValue)' can't be told and cleared at once.")
        }
    }

    func run(_ client: MartletClient, _ output: Output) async throws {
        var members = try about.members()
        if let run { members[DocumentMember.runID.rawValue] = .string(run) }
        for field in clear { members[field.rawValue] = .null }
        let described = try await client.describeVersion(version, of: model, members)
        output.done(described.json, "Version \(described.namedNumber) of '\(model)' is described.")
    }

    private var told: [(DocumentMember, JSON)] {
        about.told + (run.map { [(.runID, .string($0))] } ?? [])
    }
}
