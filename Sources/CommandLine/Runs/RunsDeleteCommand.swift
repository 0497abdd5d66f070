import ArgumentParser
import Kernel
import Martlet

/// `martlet runs delete`.
struct RunsDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Mark runs as deleted; 'restore' brings them back.",
        discussion: "Example: martlet runs delete 0123456789abcdef0123456789abcdef"
    )

    @Argument(help: "The runs' ids.")
    var run: [String]

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        for id in run { try await client.deleteRun(id) }
        output.done(
            .array(run.map { ["run_id": .string($0), "lifecycle_stage": "deleted"] }),
            run.map { "Run \($0) is deleted." }.joined(separator: " ")
        )
    }
}
