import ArgumentParser
import Kernel
import Martlet

/// `martlet experiments restore`.
struct ExperimentsRestoreCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Bring a deleted experiment and its runs back.",
        discussion: "Example: martlet experiments restore iris"
    )

    @Argument(help: "The experiment's id or name.")
    var experiment: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.experiment(experiment)
        try await client.restoreExperiment(found.id)
        output.done(
            ["experiment_id": .string(found.id), "lifecycle_stage": "active"],
            "Experiment \(found.id), '\(found.name)', is active."
        )
    }
}
