import ArgumentParser
import Kernel
import Martlet

/// `martlet experiments rename`.
struct ExperimentsRenameCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename",
        abstract: "Give an experiment another name.",
        discussion: "Example: martlet experiments rename iris iris-2025"
    )

    @Argument(help: "The experiment's id or name.")
    var experiment: String

    @Argument(help: "The new name.")
    var name: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.experiment(experiment)
        try await client.renameExperiment(found.id, to: name)
        output.done(
            ["experiment_id": .string(found.id), "name": .string(name)],
            "Experiment \(found.id) is now '\(name)'."
        )
    }
}
