import ArgumentParser
import Kernel
import Martlet

/// `martlet endpoints show`.
struct EndpointsShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show an endpoint: its traffic and variants, how its rollout goes, what its model takes and gives.",
        discussion: "Example: martlet endpoints show iris"
    )

    @Argument(help: "The endpoint's name.")
    var endpoint: String

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        let found = try await client.endpoint(endpoint)
        let rollouts = try await client.rollouts(endpoint)
        var json = found.json.objectValue ?? JSONObject()
        json["rollouts"] = .array(rollouts.map(\.json))
        output.show(.object(json), Self.details(found, rollouts.first))
    }

    private static func details(_ endpoint: Endpoint, _ rollout: Rollout?) -> Details {
        var details = Details()
        details.add("name", endpoint.name)
        details.add("model", endpoint.modelName)
        details.add("version", endpoint.modelVersion)
        details.add("state", endpoint.state, .endpoint(endpoint.state))
        details.add("message", endpoint.message, .bad)
        details.add("runtime", endpoint.runtime)
        details.add("deployed", Readable.time(endpoint.deployedAt))
        details.add("deployed by", endpoint.deployedBy)
        details.add("requests", String(endpoint.requestsTotal))
        details.add("errors", String(endpoint.errorsTotal), endpoint.errorsTotal > 0 ? .bad : nil)
        details.add("median", endpoint.latencyMsP50.map { "\(Readable.rounded($0)) ms" } ?? "")
        details.add("99 of 100", endpoint.latencyMsP99.map { "\(Readable.rounded($0)) ms" } ?? "")
        if !endpoint.replicas.isEmpty {
            details.add(
                "Processes",
                Table(
                    columns: [.init(title: "STATE"), .init(title: "PID"), .init(title: "RESTARTS")],
                    rows: endpoint.replicas.map { replica in
                        let id = replica.processID.map { String($0) } ?? ""
                        return [.init(replica.state), .init(id), .init(String(replica.restartsTotal))]
                    }
                )
            )
        }
        details.add("traffic", endpoint.policy)
        details.add("rollback to", endpoint.previous.joined(separator: ", "))
        if endpoint.hasContract {
            let broken = endpoint.variants.reduce(0) { $0 + $1.violationsTotal }
            details.add("contract", "broken by \(broken) requests", broken > 0 ? .bad : nil)
            let misfits = endpoint.variants.flatMap { variant in
                variant.contractMisfits.map { "\(variant.name): \($0)" }
            }
            details.add("not enforced", misfits.joined(separator: "; "), .bad)
        }
        if let rollout {
            details.add("rollout", rollout.summary)
            details.add("reason", rollout.reason, .bad)
        }
        details.add("Variants", variants(endpoint))
        for (heading, tensors) in [("Inputs", endpoint.inputs), ("Outputs", endpoint.outputs)] {
            details.add(
                heading,
                Table(
                    columns: [.init(title: "NAME", isFlexible: true), .init(title: "TYPE"), .init(title: "SHAPE")],
                    rows: tensors.map { tensor in
                        let shape = tensor.shape.map { String($0) }.joined(separator: " × ")
                        return [.init(tensor.name), .init(tensor.datatype), .init(shape)]
                    }
                )
            )
        }
        return details
    }
    private static func variants(_ endpoint: Endpoint) -> Table {
        Table(
            columns: [
                .init(title: "NAME", isFlexible: true), .init(title: "MODEL", isFlexible: true),
                .init(title: "VERSION", isNumber: true), .init(title: "STATE"), .init(title: "SHARE", isNumber: true),
                .init(title: "REQUESTS", isNumber: true), .init(title: "ERRORS", isNumber: true),
                .init(title: "P99 MS", isNumber: true, isOptional: true),
            ],
            rows: endpoint.variants.map { variant in
                [
                    .init(variant.name), .init(variant.modelName), .init(variant.modelVersion),
                    .init(variant.state, .endpoint(variant.state)),
                    .init("\(Readable.rounded(variant.share * 100)) %"), .init(String(variant.requestsTotal)),
                    .init(String(variant.errorsTotal), variant.errorsTotal > 0 ? .bad : nil),
                    .init(variant.latencyMsP99.map(Readable.rounded) ?? ""),
                ]
            }
        )
    }
}
