import ArgumentParser
import Foundation
import Kernel
import Martlet

/// `martlet endpoints contract`.
struct EndpointsContractCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "contract",
        abstract: "Show, set or remove what an endpoint takes and gives.",
        discussion: """
            Example: martlet endpoints contract iris
            Others:
              martlet endpoints contract iris --input sepal='{"min": 0, "max": 10, "nullable": false}'
              martlet endpoints contract iris --output probabilities='{"sums_to_one": true, "action": "clip"}'
              martlet endpoints contract iris --file contract.json
              martlet endpoints contract iris --remove
            What is set takes the place of the whole contract that there was.
            """
    )

    @Argument(help: "The endpoint's name.")
    var endpoint: String

    @Option(help: "A rule for a column, as NAME=JSON; may be given several times.")
    var input: [String] = []

    @Option(help: "A rule for an output, as NAME=JSON; may be given several times.")
    var output: [String] = []

    @Option(help: "A JSON file with the whole contract, - for standard input.")
    var file: String?

    @Flag(help: "Take the contract away.")
    var remove = false

    @OptionGroup var options: ClientOptions

    func validate() throws {
        let ways = [file != nil, remove, !input.isEmpty || !output.isEmpty]
        guard ways.count(where: { $0 }) <= 1 else {
            throw ValidationError("Give --file, or --remove, or rules; not several of them.")
        }
        _ = try (Self.rules(input, "--input"), Self.rules(output, "--output"))
    }

    func run(_ client: MartletClient, _ output: Output) async throws {
        if remove {
            try await client.removeContract(endpoint)
            return output.done(
                ["name": .string(endpoint), "contract": .null],
                "Endpoint '\(endpoint)' has no contract."
            )
        }
        guard let contract = try contract() else {
            let found = try await client.contract(endpoint)
            return output.show(found.json, Self.details(found))
        }
        let found = try await client.setContract(endpoint, contract)
        let counts = "\(found.inputs.count) columns and \(found.outputs.count) outputs"
        output.done(found.json, "Endpoint '\(endpoint)' is held to a contract on \(counts).")
    }

    private func contract() throws -> JSONObject? {
        if let file { return try InputFile(file).object(as: "contract") }
        guard !input.isEmpty || !output.isEmpty else { return nil }
        return [
            "inputs": .object(try Self.rules(input, "--input")),
            "outputs": .object(try Self.rules(output, "--output")),
        ]
    }

    private static func rules(_ rules: [String], _ option: String) throws -> JSONObject {
        var object = JSONObject()
        for rule in rules {
            // A name may have the sign itself, a rule begins with a brace.
            guard let brace = rule.range(of: "={"),
                let value = try? JSON.parse(rule[brace.lowerBound...].dropFirst().utf8)
            else { throw ValidationError("\(option) takes NAME=JSON, such as age='{\"min\": 0}'.") }
            let name = String(rule[..<brace.lowerBound])
            guard object[name] == nil else { throw ValidationError("\(option) \(name) stands twice.") }
            object[name] = value
        }
        return object
    }

    private static func details(_ contract: Contract) -> Details {
        var details = Details()
        details.add("set", Readable.time(contract.setAt))
        details.add("set by", contract.setBy)
        for (heading, rules) in [("Inputs", contract.inputs), ("Outputs", contract.outputs)] where !rules.isEmpty {
            details.add(
                heading,
                Table(
                    columns: [.init(title: "NAME", isFlexible: true), .init(title: "RULE", isFlexible: true)],
                    rows: rules.map { [.init($0.name), .init($0.rule)] }
                )
            )
        }
        return details
    }
}
