import ArgumentParser
import Kernel
import Martlet

/// `martlet artifacts delete`.
struct ArtifactsDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a file or a folder of a run, for good.",
        discussion: "Example: martlet artifacts delete 0123456789abcdef0123456789abcdef figures/loss.png --yes"
    )

    @Argument(help: "The run's id.")
    var run: String

    @Argument(help: "The file or the folder among its artifacts.")
    var path: String

    @OptionGroup var confirmation: Confirmation
    @OptionGroup var options: ClientOptions

    func validate() throws {
        // A point stands for the folder itself.
        guard !path.split(separator: "/").allSatisfy({ $0 == "." }) else {
            throw ValidationError("Say which file or folder; all at once can't be deleted.")
        }
    }

    func run(_ client: MartletClient, _ output: Output) async throws {
        let path = ArtifactPath.trimmed(path)
        let found = try await client.run(run)
        // The server takes the deletion of nothing for done; who mistyped a path must hear of it.
        _ = try await ArtifactTree(client: client, run: found.id).entry(path)
        try confirmation.ask("Delete '\(DisplayText.line(path))' of run \(found.id) for good?")
        try await client.deleteArtifact(path, of: found)
        output.done(
            ["run_id": .string(found.id), "path": .string(path), "deleted": true],
            "'\(path)' of run \(found.id) is deleted."
        )
    }
}
