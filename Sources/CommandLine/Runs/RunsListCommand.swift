import ArgumentParser
import Martlet

/// `martlet runs list`.
struct RunsListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List runs, the latest first.",
        discussion: """
            Example: martlet runs list --experiment iris --filter 'metrics.accuracy > 0.9' \
            --order-by 'metrics.accuracy DESC' --column metrics.accuracy --column params.depth
            """
    )

    @Option(help: ArgumentHelp("An experiment's id or name; may be repeated. (default: all)", valueName: "experiment"))
    var experiment: [String] = []

    @OptionGroup var search: SearchOptions

    @Option(
        help: ArgumentHelp(
            "A column to print: metrics.KEY, params.KEY or tags.KEY; may be repeated.",
            valueName: "column"
        )
    )
    var column: [RunColumn] = []

    @Option(help: "Which: active, deleted or all.")
    var view = ViewOption.active

    @OptionGroup var range: ListOptions
    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let experiments = try await experimentIDs(client)
        let none: [Run] = []
        let found =
            experiments.isEmpty
            ? (none, false) : try await client.runs(of: experiments, search.search(view.view)).gather(range.bound)
        output.list(
            found,
            none: "There are no such runs.",
            columns: [
                .init(title: "ID"), .init(title: "NAME", isFlexible: true), .init(title: "STATUS", isOptional: true),
            ]
                + column.map { .init(title: $0.name, isNumber: $0.kind == .metrics, isFlexible: $0.kind != .metrics) }
                + [
                    .init(title: "STARTED", isOptional: true), .init(title: "TOOK", isNumber: true, isOptional: true),
                    .init(title: "USER", isFlexible: true, isOptional: true),
                ]
        ) { run in
            let status = run.lifecycleStage == "deleted" ? "deleted" : run.status
            let own: [Table.Cell] = [
                .init(run.id), .init(run.name), .init(status, .run(status) ?? .lifecycle(status)),
            ]
            return own + column.map { .init($0.value(in: run)) } + [
                .init(Readable.time(run.startedAt), .faint),
                .init(Readable.duration(run.startedAt, run.endedAt), .faint), .init(run.user, .faint),
            ]
        }
    }

    /// The experiments that are asked for; without any, all that `--view` shows.
    private func experimentIDs(_ client: MartletClient) async throws -> [String] {
        guard experiment.isEmpty else {
            var ids: [String] = []
            for name in experiment { ids.append(try await client.experiment(name).id) }
            return ids
        }
        let shown: MartletClient.View = view == .active ? .active : .all
        return try await client.experiments(.init(view: shown)).gather(nil).items.map(\.id)
    }
}
