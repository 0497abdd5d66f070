import ArgumentParser
import Kernel
import Martlet

/// `martlet endpoints traffic`.
struct EndpointsTrafficCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "traffic",
        abstract: "Share an endpoint's requests out among versions.",
        discussion: """
            Example: martlet endpoints traffic iris canary --version 4 --steps 5,20,50,100
            Others:
              martlet endpoints traffic iris shadow --version 4
              martlet endpoints traffic iris ab_test --version 4 --name layout --split 80,20 --key-header x-user
              martlet endpoints traffic iris blue_green --version 4
              martlet endpoints traffic iris blue_green --live v4
              martlet endpoints traffic iris ensemble --version 3 --version 4 --weights 1,2
            A policy of two versions has what the endpoint serves now as the first of them; of an ensemble all are named.
            --set gives any other setting of the API, as JSON: --set requests_min=500.
            """
    )

    @Argument(help: "The endpoint's name.")
    var endpoint: String

    @Argument(help: "single, canary, ab_test, shadow, blue_green or ensemble.")
    var policy: String

    @Option(help: "A version of the endpoint's model; may be given several times.")
    var version: [String] = []

    @Option(help: "The shares of a canary's steps in percent, with commas.")
    var steps: String?

    @Option(help: "The experiment's name.")
    var name: String?

    @Option(help: "The shares of control and treatment, with a comma.")
    var split: String?

    @Option(help: "The header that holds a caller to one variant.")
    var keyHeader: String?

    @Option(help: "The field of the body that holds a caller to one variant.")
    var keyField: String?

    @Option(help: "The share of the requests that a shadow sees, from 0 to 1.")
    var share: Double?

    @Option(help: "How an ensemble's answers become one: mean or vote.")
    var method: String?

    @Option(help: "The weights of an ensemble's versions, with commas.")
    var weights: String?

    @Option(help: "The name of the variant that is to answer; of blue_green.")
    var live: String?

    @Option(help: "Another setting, as NAME=JSON; may be given several times.")
    var set: [String] = []

    @OptionGroup var options: ClientOptions

    func validate() throws {
        _ = try body()
    }

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.setTraffic(endpoint, try body())
        let shares = found.variants.map { "\($0.name) \(Readable.rounded($0.share * 100)) %" }.joined(separator: ", ")
        output.done(found.json, "Endpoint '\(found.name)' is at policy \(found.policy): \(shares).")
    }

    private func body() throws -> JSONObject {
        var body: JSONObject = ["policy": .string(policy)]
        if !version.isEmpty { body["variants"] = .array(version.map { ["version": .string($0)] }) }
        if let steps { body["steps"] = .array(try Self.numbers(steps, "--steps")) }
        if let weights { body["weights"] = .array(try Self.numbers(weights, "--weights")) }
        if let split {
            let shares = try Self.numbers(split, "--split")
            guard shares.count == 2 else { throw ValidationError("--split has two numbers: control,treatment.") }
            body["traffic_split"] = ["control": shares[0], "treatment": shares[1]]
        }
        if let name { body["name"] = .string(name) }
        if let keyHeader { body["key"] = ["header": .string(keyHeader)] }
        if let keyField { body["key"] = ["field": .string(keyField)] }
        if let share { body["share"] = .number(share) }
        if let method { body["method"] = .string(method) }
        if let live { body["live"] = .string(live) }
        for setting in set {
            let parts = setting.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, !parts[0].isEmpty else { throw ValidationError("--set takes NAME=JSON.") }
            // A text needs no quotes.
            let value = (try? JSON.parse(parts[1].utf8)) ?? .string(String(parts[1]))
            body[String(parts[0])] = value
        }
        return body
    }

    private static func numbers(_ text: String, _ option: String) throws -> [JSON] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let number = Double(part) else { throw ValidationError("\(option) takes numbers with commas.") }
            return .number(number)
        }
    }
}
