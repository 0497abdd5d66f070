import ArgumentParser
import Martlet

/// `martlet versions create`.
struct VersionsCreateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Register a folder of a run's artifacts as the next version of a model.",
        discussion: """
            What is told of it beyond its files is registered with it, or not at all; 'martlet versions describe' tells \
            it later.

            Example: martlet versions create iris --run 0123456789abcdef0123456789abcdef --path model
            Another: martlet versions create iris --source s3://models/iris --semantic-version 1.4.0 \
            --metric accuracy=0.97 --parent base@3:fine-tuned
            """
    )

    @Argument(help: "The model's name; 'martlet models create' makes one.")
    var model: String

    @Option(help: ArgumentHelp("The run that made it.", valueName: "id"))
    var run: String?

    @Option(help: "Where the model's files are among the run's artifacts.")
    var path: String?

    @Option(help: ArgumentHelp("Where the model's files are, in place of --path.", valueName: "uri"))
    var source: String?

    @Option(help: "What is new in it.")
    var description: String?

    @Option(help: ArgumentHelp("A tag; may be repeated.", valueName: "key=value"))
    var tag: [TagArgument] = []

    @OptionGroup(title: "Document") var about: DocumentOptions
    @OptionGroup var options: ClientOptions

    func validate() throws {
        guard (source == nil) != (path == nil) else {
            throw ValidationError("Say where the files are: by --path among a run's artifacts, or by --source.")
        }
        guard path == nil || run != nil else { throw ValidationError("--path needs --run, whose artifacts are meant.") }
    }

    func run(_ client: MartletClient, _ output: Output) async throws {
        // A document that can't be read is said before anything is asked.
        let document = about.isEmpty ? nil : try about.members()
        var new = NewModelVersion(of: model, source: try await origin(client))
        new.document = document
        new.run = run
        new.description = description
        new.tags = tag.map { ($0.key, $0.value) }
        let made = try await client.createVersion(new)
        output.done(made.json, "Registered version \(made.namedNumber) of '\(made.name)'.")
    }

    private func origin(_ client: MartletClient) async throws -> String {
        guard let run, let path else { return source ?? "" }
        return try await client.run(run).artifactURI + "/" + path
    }
}
