import ArgumentParser
import Kernel
import Martlet

/// `martlet versions compare`.
struct VersionsCompareCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Show in what versions of a model differ, what is told of them, and the runs that made them.",
        discussion: """
            Metrics and hyperparameters are those that are told of a version, else those of its run.
            Example: martlet versions compare iris 2 1.4.0
            """
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
        let (versions, told) = try await client.comparedVersions(version, of: model)
        var comparison = Comparison(versions.map(\.version))
        comparison.add(versions)
        // Where nobody told hyperparameters, they are the runs' parameters over again.
        if let told, versions.contains(where: { $0.document?.hyperparameters.isEmpty == false }) {
            comparison.add("hyperparameters", told.hyperparameters)
        }
        comparison.add(try await runs(of: versions, client), metrics: told?.metrics)
        if !output.isJSON, comparison.rows(all: all).isEmpty { return Terminal.note("They do not differ.\n") }
        let identities = versions.map { version in
            var identity: JSONObject = ["name": .string(version.name), "version": .string(version.version)]
            identity["document"] = version.document?.json
            return JSON.object(identity)
        }
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
