import ArgumentParser
import Kernel
import Martlet

/// `martlet runs compare`.
struct RunsCompareCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Show in which parameters, metrics and tags runs differ.",
        discussion: "Example: martlet runs compare 0123456789abcdef0123456789abcdef fedcba9876543210fedcba9876543210"
    )

    @Argument(help: "The runs' ids, two or more.")
    var run: [String]

    @Flag(help: "Show what is equal too.")
    var all = false

    @OptionGroup var options: ClientOptions

    func validate() throws {
        guard run.count >= 2 else { throw ValidationError("A comparison needs two runs or more.") }
    }

    func run(_ client: MartletClient, _ output: Output) async throws {
        var runs: [Run] = []
        for id in run { runs.append(try await client.run(id)) }
        var comparison = Comparison(runs.map { $0.name.isEmpty ? $0.id : $0.name })
        comparison.add(runs)
        if !output.isJSON, comparison.rows(all: all).isEmpty { return Terminal.note("They do not differ.\n") }
        let identities: [JSON] = runs.map { ["run_id": .string($0.id), "run_name": .string($0.name)] }
        output.show(comparison.json("runs", identities, all: all), comparison.details(all: all))
    }
}
