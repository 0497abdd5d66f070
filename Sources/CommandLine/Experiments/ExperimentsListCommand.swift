import ArgumentParser
import Martlet

/// `martlet experiments list`.
struct ExperimentsListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List experiments, the latest change first.",
        discussion: "Example: martlet experiments list --filter \"name LIKE 'iris%'\" --order-by 'name ASC'"
    )

    @OptionGroup var search: SearchOptions

    @Option(help: "Which: active, deleted or all.")
    var view = ViewOption.active

    @OptionGroup var range: ListOptions
    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.experiments(search.search(view.view)).gather(range.bound)
        output.list(
            found,
            none: "There are no such experiments.",
            columns: [
                .init(title: "ID"), .init(title: "NAME", isFlexible: true), .init(title: "STAGE", isOptional: true),
                .init(title: "CREATED", isOptional: true), .init(title: "CHANGED", isOptional: true),
            ]
        ) { experiment in
            [
                .init(experiment.id), .init(experiment.name),
                .init(experiment.lifecycleStage, .lifecycle(experiment.lifecycleStage)),
                .init(Readable.time(experiment.createdAt), .faint), .init(Readable.time(experiment.updatedAt), .faint),
            ]
        }
    }
}
