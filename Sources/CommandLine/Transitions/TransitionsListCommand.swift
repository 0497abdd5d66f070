import ArgumentParser
import Martlet

/// `martlet transitions list`.
struct TransitionsListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List transition requests, the newest first.",
        discussion: "Example: martlet transitions list --state pending"
    )

    @Argument(help: "The model's name. (default: all models)")
    var model: String?

    @Argument(help: "The version's number, or its semantic version. (default: all versions)")
    var version: String?

    @Option(help: "Only those in this state.")
    var state: TransitionStateOption?

    @OptionGroup var range: ListOptions
    @OptionGroup var options: ClientOptions

    func validate() throws {
        guard let version, version.first?.isNumber != true else { return }
        throw ValidationError("'\(version)' is neither a version's number nor a semantic version, such as 1.4.0.")
    }

    func run(_ client: MartletClient, _ output: Output) async throws {
        // A name that is nobody's is a mistake, and not an empty list.
        if let model { _ = try await client.model(model) }
        let requests = client.transitionRequests(model: model, version: version, state: state?.rawValue)
        output.list(
            try await requests.gather(range.bound),
            none: "There are no such requests.",
            columns: [
                .init(title: "ID"), .init(title: "MODEL", isFlexible: true), .init(title: "VERSION", isNumber: true),
                .init(title: "FROM", isOptional: true), .init(title: "TO"), .init(title: "STATE"),
                .init(title: "BY", isFlexible: true, isOptional: true), .init(title: "REQUESTED", isOptional: true),
            ]
        ) { request in
            [
                .init(request.id), .init(request.modelName), .init(request.version),
                .init(request.fromStage, .stage(request.fromStage)), .init(request.stage, .stage(request.stage)),
                .init(request.state, .transition(request.state)), .init(request.requestedBy),
                .init(Readable.time(request.requestedAt), .faint),
            ]
        }
    }
}
