import ArgumentParser
import Martlet

/// `martlet artifacts list`.
struct ArtifactsListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the files of a run.",
        discussion: "Example: martlet artifacts list 0123456789abcdef0123456789abcdef model --recursive"
    )

    @Argument(help: "The run's id.")
    var run: String

    @Argument(help: "A folder among its artifacts. (default: their root)")
    var path = ""

    @Flag(name: [.short, .long], help: "List the files in folders below too.")
    var recursive = false

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let tree = ArtifactTree(client: client, run: run)
        output.list(
            (recursive ? try await tree.files(below: path) : try await tree.entries(of: path), more: false),
            none: "There are no files.",
            columns: [.init(title: "SIZE", isNumber: true), .init(title: "PATH", isFlexible: true)]
        ) { artifact in
            [
                .init(artifact.isFolder ? "" : Readable.size(artifact.sizeBytes)),
                .init(artifact.path + (artifact.isFolder ? "/" : ""), artifact.isFolder ? .heading : nil),
            ]
        }
    }
}
