import ArgumentParser
import Martlet

/// `martlet models list`.
struct ModelsListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List registered models by name.",
        discussion: "Example: martlet models list --filter \"name LIKE 'iris%'\""
    )

    @OptionGroup var search: SearchOptions
    @OptionGroup var range: ListOptions
    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        output.list(
            try await client.models(search.search()).gather(range.bound),
            none: "There are no such models.",
            columns: [
                .init(title: "NAME", isFlexible: true), .init(title: "LATEST VERSIONS", isFlexible: true),
                .init(title: "ALIASES", isFlexible: true), .init(title: "CHANGED", isOptional: true),
                .init(title: "DESCRIPTION", isFlexible: true, isOptional: true),
            ]
        ) { model in
            [
                .init(model.name), .init(Self.versions(model)),
                .init(model.aliases.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")),
                .init(Readable.time(model.updatedAt), .faint), .init(model.description, .faint),
            ]
        }
    }

    /// The latest versions, each with its stage: `3 Production, 4 None`.
    static func versions(_ model: RegisteredModel) -> String {
        model.latestVersions.map { "\($0.version) \($0.stage)" }.joined(separator: ", ")
    }
}
