import ArgumentParser
import Martlet

/// `martlet versions list`.
struct VersionsListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the versions of a model, or of all models.",
        discussion: """
            Of one model, what is told of its versions beyond their files is listed too; with --json it stands in \
            'document'.
            Example: martlet versions list iris --order-by 'version_number DESC'
            """
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
        var found = try await client.versions(search).gather(range.bound)
        if let model { found.items = try await client.describing(found.items, of: model) }
        let columns = VersionColumn.all(for: found.items, aliases)
        output.list(found, none: "There are no such versions.", columns: columns.map(\.heading)) { version in
            columns.map { $0.cell(version) }
        }
    }
}
