import ArgumentParser
import Martlet

/// `martlet stages set`.
struct StagesSetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Move a version to a stage: None, Staging, Production or Archived.",
        discussion: """
            The versions of a protected model move by 'martlet transitions request'.
            Example: martlet stages set iris 3 Production --archive-existing
            """
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "The version's number, or its semantic version.")
    var version: String

    @Argument(help: "None (also called development), Staging, Production or Archived.")
    var stage: String

    @Flag(help: "Move the versions that are in that stage to Archived.")
    var archiveExisting = false

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let moved = try await client.setStage(
            stage,
            ofVersion: version,
            of: model,
            archivesExisting: archiveExisting
        )
        output.done(moved.json, "Version \(moved.version) of '\(moved.name)' is in \(moved.stage).")
    }
}
