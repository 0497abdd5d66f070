import ArgumentParser
import Kernel
import Martlet

/// `martlet experiments delete`.
struct ExperimentsDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Mark an experiment and its runs as deleted; 'restore' brings them back.",
        discussion: "Example: martlet experiments delete iris"
    )

    @Argument(help: "The experiment's id or name.")
    var experiment: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.experiment(experiment)
        try await client.deleteExperiment(found.id)
        output.done(
            ["experiment_id": .string(found.id), "lifecycle_stage": "deleted"],
            "Experiment \(found.id), '\(found.name)', is deleted."
        )
    }
}
