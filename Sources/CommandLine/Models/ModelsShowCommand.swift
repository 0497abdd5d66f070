import ArgumentParser
import Kernel
import Martlet

/// `martlet models show`.
struct ModelsShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a registered model with its protection, aliases, tags and latest versions.",
        discussion: "Example: martlet models show iris"
    )

    @Argument(help: "The model's name.")
    var model: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.model(model)
        let protection = try await client.protection(of: model)
        var document = found.json.objectValue ?? JSONObject()
        if let protection {
            document["protected"] = .boolean(protection.isProtected)
            if !protection.liftRequestedBy.isEmpty {
                document["lift_requested_by"] = .string(protection.liftRequestedBy)
            }
        }
        var details = Details()
        details.add("name", found.name)
        details.add("description", found.description)
        if let protection {
            details.add("protected", protection.isProtected ? "yes: stages change by approved requests alone" : "no")
            details.add("lift wished by", protection.liftRequestedBy)
        }
        details.add("created", Readable.time(found.createdAt))
        details.add("changed", Readable.time(found.updatedAt))
        details.add("Aliases", found.aliases)
        details.add("Tags", found.tags)
        details.add(
            "Latest versions",
            Table(
                columns: [
                    .init(title: "VERSION", isNumber: true), .init(title: "STAGE"), .init(title: "STATUS"),
                    .init(title: "CREATED", isOptional: true), .init(title: "RUN", isOptional: true),
                ],
                rows: found.latestVersions.map {
                    [
                        .init($0.version), .init($0.stage, .stage($0.stage)), .init($0.status),
                        .init(Readable.time($0.createdAt), .faint), .init($0.runID, .faint),
                    ]
                }
            )
        )
        output.show(.object(document), details)
    }
}
