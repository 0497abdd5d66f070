import ArgumentParser
import Martlet

/// `martlet versions files`.
struct VersionsFilesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "files",
        abstract: "Show what a version is made of: its files with their digests, and its signature.",
        discussion: """
            The digests are those of the files when the version was registered.
            Example: martlet versions files iris 3
            """
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "The version's number, or its semantic version.")
    var version: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.versionFiles(version, of: model)
        var details = Details()
        details.add("digest", found.digest)
        let isPending = found.pinState == "pending"
        details.add("pin", isPending ? "pending: the files are being read" : "", .caution)
        details.add(isPending ? "last attempt" : "not pinned", found.unpinnedReason, .caution)
        details.add(
            "Files",
            Table(
                columns: [
                    .init(title: "SIZE", isNumber: true), .init(title: "PATH", isFlexible: true),
                    .init(title: "DIGEST", isFlexible: true),
                ],
                rows: found.files.map {
                    [.init(Readable.size($0.sizeBytes)), .init($0.path), .init($0.digest, .faint)]
                }
            )
        )
        details.add("Inputs", found.inputs.map { ($0.name, $0.type) })
        details.add("Outputs", found.outputs.map { ($0.name, $0.type) })
        output.show(found.json, details)
    }
}
