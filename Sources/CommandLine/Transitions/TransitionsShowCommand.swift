import ArgumentParser
import Martlet

/// `martlet transitions show`.
struct TransitionsShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a transition request with its checklist and what was said about it.",
        discussion: "Example: martlet transitions show 0123456789abcdef0123456789abcdef"
    )

    @Argument(help: "The request's id.")
    var request: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.transitionRequest(request)
        var details = Details()
        details.add("id", found.id)
        details.add("model", found.modelName)
        details.add("version", found.version)
        details.add("from", found.fromStage, .stage(found.fromStage))
        details.add("to", found.stage, .stage(found.stage))
        details.add("archives", found.archivesExisting ? "the versions that are there" : "nothing")
        details.add("state", found.state, .transition(found.state))
        details.add("requested by", found.requestedBy)
        details.add("requested", Readable.time(found.requestedAt))
        details.add("decided by", found.decidedBy)
        details.add("decided", Readable.time(found.decidedAt))
        details.add("Checklist", found.checklist.map { ($0.isCompleted ? "done" : "open", $0.item) })
        details.add("Comments", found.comments.map { ("\(Readable.time($0.saidAt)) \($0.author)", $0.words) })
        output.show(found.json, details)
    }
}
