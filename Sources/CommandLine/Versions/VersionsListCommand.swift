import ArgumentParser
import Martlet

/// `martlet versions list`.
struct VersionsListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the versions of a model, or of all models.",
        discussion: "Example: martlet versions list iris --order-by 'version_number DESC'"
    )

    @Argument(help: "The model's name. (default: all models)")
    var model: String?

    @OptionGroup var search: SearchOptions
    @OptionGroup var range: ListOptions
    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        var search = search.search()
        var aliases: [(name: String, value: String)]?
        if let model {
            // A name that is nobody's is a mistake, and not an empty list; and a search tells no aliases.
            aliases = try await client.model(model).aliases
            // MLflow's grammar has no way to write a quote within quotes of its kind.
            let quote = model.contains("'") ? "\"" : "'"
            let ofModel = "name = \(quote)\(model)\(quote)"
            search.filter = search.filter.map { "\(ofModel) AND \($0)" } ?? ofModel
        }
        output.list(
            try await client.versions(search).gather(range.bound),
            none: "There are no such versions.",
            columns: [
                .init(title: "MODEL", isFlexible: true), .init(title: "VERSION", isNumber: true),
                .init(title: "STAGE"),
            ] + (aliases == nil ? [] : [.init(title: "ALIASES", isFlexible: true)]) + [
                .init(title: "STATUS", isOptional: true), .init(title: "CREATED", isOptional: true),
                .init(title: "RUN", isOptional: true),
            ]
        ) { version in
            let names = aliases.map { $0.filter { $0.value == version.version }.map(\.name).joined(separator: ", ") }
            return [
                .init(version.name), .init(version.version), .init(version.stage, .stage(version.stage)),
            ] + (names.map { [Table.Cell($0)] } ?? []) + [
                .init(version.status), .init(Readable.time(version.createdAt), .faint), .init(version.runID, .faint),
            ]
        }
    }
}
