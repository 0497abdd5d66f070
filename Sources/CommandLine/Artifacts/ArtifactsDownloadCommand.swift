import ArgumentParser
import Kernel
import Martlet

/// `martlet artifacts download`.
struct ArtifactsDownloadCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Download a file, a folder or all files of a run.",
        discussion: """
            Files of the same names are replaced. A folder comes with its name; without a path, all files come as they \
            lie in the run.
            Example: martlet artifacts download 0123456789abcdef0123456789abcdef model --to ./iris
            """
    )

    @Argument(help: "The run's id.")
    var run: String

    @Argument(help: "A file or a folder among its artifacts. (default: all)")
    var path = ""

    @Option(help: ArgumentHelp("The folder to write to, made when it is missing.", valueName: "folder"))
    var to = "."

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let files = try await ArtifactTree(client: client, run: run).files(below: path)
        let parent = ArtifactPath.parent(of: ArtifactPath.trimmed(path))
        let places = try files.map { try ArtifactPath.place(of: $0.path, from: parent) }
        let bytes = files.reduce(0) { $0 + $1.sizeBytes }
        try await Progress(total: bytes, output).shown { progress in
            for (file, place) in zip(files, places) {
                progress.begin(file.path)
                let download = try await client.download(file.path, of: run)
                try await LocalFile("\(to)/\(place)").replace(with: download) { progress.advance($0) }
            }
        }
        output.done(
            .array(
                zip(files, places).map {
                    ["path": .string($0.path), "file": .string("\(to)/\($1)"), "file_size": .integer($0.sizeBytes)]
                }
            ),
            "Downloaded \(files.count == 1 ? "1 file" : "\(files.count) files"), \(Readable.size(bytes)), to \(to)."
        )
    }
}
