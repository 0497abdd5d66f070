import ArgumentParser
import Martlet

/// `martlet transitions request`.
struct TransitionsRequestCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Ask for a version to be moved to another stage; somebody else must approve it.",
        discussion: """
            Example: martlet transitions request iris 3 Production --done 'Tests pass' --open 'Card written' \
            --comment 'better on all counts'
            """
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "The version's number, or its semantic version.")
    var version: String

    @Argument(help: "None (also called development), Staging, Production or Archived.")
    var stage: String

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            "Whether the versions that are in that stage go to Archived. "
                + "(default: yes for Staging and Production, else no)"
        )
    )
    var archiveExisting: Bool?

    @Option(help: ArgumentHelp("An item of the checklist that is done already; may be repeated.", valueName: "item"))
    var done: [String] = []

    @Option(help: ArgumentHelp("An item that must be done before; may be repeated.", valueName: "item"))
    var open: [String] = []

    @Option(help: ArgumentHelp("Why.", valueName: "text"))
    var comment: String?

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        var new = NewTransitionRequest(model: model, version: version, stage: stage)
        new.archivesExisting = archiveExisting
        new.checklist =
            done.map { .init(item: $0, isCompleted: true) } + open.map { .init(item: $0, isCompleted: false) }
        new.comment = comment
        let asked = try await client.requestTransition(new)
        output.done(
            asked.json,
            "Asked for version \(asked.version) of '\(asked.modelName)' to go to \(asked.stage): request \(asked.id)."
        )
    }
}
