import ArgumentParser
import Martlet

/// `martlet transitions approve`.
struct TransitionsApproveCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Approve a request, which moves the version; who made it can't.",
        discussion: "Example: martlet transitions approve 0123456789abcdef0123456789abcdef --done 'Card written'"
    )

    @Argument(help: "The request's id.")
    var request: String

    @Option(help: ArgumentHelp("An item of the checklist that is done now; may be repeated.", valueName: "item"))
    var done: [String] = []

    @Flag(help: "Say that every item of the checklist is done.")
    var allDone = false

    @Option(help: ArgumentHelp("What there is to say.", valueName: "text"))
    var comment: String?

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        var checklist: [TransitionRequest.ChecklistItem]?
        if allDone || !done.isEmpty {
            let asked = try await client.transitionRequest(request)
            checklist = try Self.ticked(asked.checklist, allDone ? asked.checklist.map(\.item) + done : done)
        }
        let approved = try await client.approveTransition(request, checklist: checklist, comment: comment)
        output.done(approved.json, "Version \(approved.version) of '\(approved.modelName)' is in \(approved.stage).")
    }

    /// The checklist with `items` done.
    ///
    /// - Throws: ``ClientError`` for an item that is not in it, so that a slip of the pen ticks nothing.
    static func ticked(
        _ checklist: [TransitionRequest.ChecklistItem],
        _ items: [String]
    ) throws(ClientError) -> [TransitionRequest.ChecklistItem] {
        let known = checklist.map(\.item)
        if let stranger = items.first(where: { !known.contains($0) }) {
            let names = known.map { "'\($0)'" }.joined(separator: ", ")
            throw ClientError(
                .notFound,
                "The checklist has no item '\(stranger)'.",
                remedy: known.isEmpty ? "It is empty." : "Its items are \(names)."
            )
        }
        return checklist.map { .init(item: $0.item, isCompleted: $0.isCompleted || items.contains($0.item)) }
    }
}
