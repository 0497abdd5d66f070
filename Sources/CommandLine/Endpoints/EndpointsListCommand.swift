import ArgumentParser
import Martlet

/// `martlet endpoints list`.
struct EndpointsListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the endpoints and what they serve.",
        discussion: "Example: martlet endpoints list --json"
    )

    @OptionGroup var options: ClientOptions

    func run(_ client: MartletClient, _ output: Output) async throws {
        output.list(
            try await client.endpoints().gather(nil),
            none: "There are no endpoints. 'martlet endpoints deploy' makes one.",
            columns: [
                .init(title: "NAME", isFlexible: true), .init(title: "MODEL", isFlexible: true),
                .init(title: "VERSION", isNumber: true), .init(title: "STATE"),
                .init(title: "TRAFFIC", isOptional: true),
                .init(title: "REQUESTS", isNumber: true, isOptional: true),
                .init(title: "ERRORS", isNumber: true, isOptional: true),
                .init(title: "P50 MS", isNumber: true, isOptional: true),
                .init(title: "P99 MS", isNumber: true, isOptional: true),
            ]
        ) { endpoint in
            [
                .init(endpoint.name), .init(endpoint.modelName), .init(endpoint.modelVersion),
                .init(endpoint.state, .endpoint(endpoint.state)), .init(endpoint.policy),
                .init(String(endpoint.requestsTotal)),
                .init(String(endpoint.errorsTotal), endpoint.errorsTotal > 0 ? .bad : nil),
                .init(endpoint.latencyMsP50.map(Readable.rounded) ?? ""),
                .init(endpoint.latencyMsP99.map(Readable.rounded) ?? ""),
            ]
        }
    }
}
