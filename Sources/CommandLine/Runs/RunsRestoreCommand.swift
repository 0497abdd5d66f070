import ArgumentParser
import Kernel
import Martlet

/// `martlet runs restore`.
struct RunsRestoreCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Bring deleted runs back.",
        discussion: "Example: martlet runs restore 0123456789abcdef0123456789abcdef"
    )

    @Argument(help: "The runs' ids.")
    var run: [String]

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        for id in run { try await client.restoreRun(id) }
        output.done(
            .array(run.map { ["run_id": .string($0), "lifecycle_stage": "active"] }),
            run.map { "Run \($0) is active." }.joined(separator: " ")
        )
    }
}
