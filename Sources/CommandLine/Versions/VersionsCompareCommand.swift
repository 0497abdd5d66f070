import ArgumentParser
import Kernel
import Martlet

/// `martlet versions compare`.
struct VersionsCompareCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Show in what versions of a model differ, and the runs that made them.",
        discussion: "Example: martlet versions compare iris 2 3"
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "The versions' numbers or semantic versions, two or more.")
    var version: [String]

    @Flag(help: "Show what is equal too.")
    var all = false

    @OptionGroup var options: ClientOptions

    func validate() throws {
        guard version.count >= 2 else { throw ValidationError("A comparison needs two versions or more.") }
    }

    func run(_ client: MartletClient, _ output: Output) async throws {
        var versions: [ModelVersion] = []
        for number in version { versions.append(try await client.version(number, of: model)) }
        var comparison = Comparison(versions.map(\.version))
        comparison.add(
            "version",
            versions.map { version in
                [
                    ("stage", version.stage), ("status", version.status),
                    ("aliases", version.aliases.joined(separator: ", ")), ("description", version.description),
                    ("source", version.source), ("run", version.runID), ("user", version.user),
                    ("created", Readable.time(version.createdAt)),
                ]
            }
        )
        comparison.add("version_tags", versions.map(\.tags))
        comparison.add(try await runs(of: versions, client))
        if !output.isJSON, comparison.rows(all: all).isEmpty { return Terminal.note("They do not differ.\n") }
        let identities: [JSON] = versions.map { ["name": .string($0.name), "version": .string($0.version)] }
        output.show(comparison.json("versions", identities, all: all), comparison.details(all: all))
    }

    /// The run of each version; an empty one for a version that has none, or whose run is gone.
    private func runs(of versions: [ModelVersion], _ client: MartletClient) async throws -> [Run] {
        var runs: [Run] = []
        for version in versions {
            do {
                runs.append(version.runID.isEmpty ? Run(.null) : try await client.run(version.runID))
            } catch {
                guard error.kind == .notFound else { throw error }
                runs.append(Run(.null))
            }
        }
        return runs
    }
}
