import ArgumentParser
import Foundation
import Kernel
import Martlet

/// `martlet artifacts upload`.
struct ArtifactsUploadCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "upload",
        abstract: "Upload a file, or what is in a folder, to a run.",
        discussion: "Example: martlet artifacts upload 0123456789abcdef0123456789abcdef ./plots --to figures"
    )

    @Argument(help: "The run's id.")
    var run: String

    @Argument(help: "The file or the folder.", completion: .file())
    var source: String

    @Option(help: ArgumentHelp("The folder among the run's artifacts. (default: their root)", valueName: "path"))
    var to = ""

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let files = try LocalTree.files(at: source)
        let target = ArtifactPath.trimmed(to)
        let places = files.map { target.isEmpty ? $0.name : "\(target)/\($0.name)" }
        let found = try await client.run(run)
        let bytes = files.reduce(0) { $0 + $1.sizeBytes }
        try await Progress(total: bytes, output).shown { progress in
            for (file, place) in zip(files, places) {
                progress.begin(place)
                let chunks = FileChunks(path: file.path) { progress.advance($0) }
                do {
                    try await client.upload(chunks, sizeBytes: file.sizeBytes, to: place, of: found)
                } catch let error as ClientError {
                    throw Self.named(place, error)
                }
            }
        }
        output.done(
            .array(zip(files, places).map { ["path": .string($1), "file_size": .integer($0.sizeBytes)] }),
            "Uploaded \(files.count == 1 ? "1 file" : "\(files.count) files"), \(Readable.size(bytes)), to run \(run)."
        )
    }

    /// The refusal of one file, which may be one of many, with its name.
    private static func named(_ place: String, _ error: ClientError) -> ClientError {
        guard error.kind == .refused else { return error }
        return ClientError(
            .refused,
            "'\(place)' can't be uploaded: \(error.message)",
            remedy: error.remedy,
            code: error.code
        )
    }
}
