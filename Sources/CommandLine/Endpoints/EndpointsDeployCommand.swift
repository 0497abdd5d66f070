import ArgumentParser
import Martlet

/// `martlet endpoints deploy`.
struct EndpointsDeployCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy",
        abstract: "Serve a version of a model; an endpoint that exists moves to it without dropping a request.",
        discussion: "Example: martlet endpoints deploy iris --stage Production"
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "The version's number or semantic version, unless --stage or --alias says which.")
    var version: String?

    @Option(help: "The latest version in that stage.")
    var stage: String?

    @Option(help: "The version that the alias names.")
    var alias: String?

    @Option(help: "The endpoint's name. (default: the model's)")
    var endpoint: String?

    @Option(
        help: ArgumentHelp(
            "The processes of a model that Python runs, or the runs of an ONNX model that go on at once. "
                + "(default: as many as the endpoint has, at first 1)"
        )
    )
    var replicas: Int?

    @Option(
        help: ArgumentHelp(
            "Whether requests that wait for a model are put together. (default: as the endpoint has it, at first "
                + "auto: for models that answer row by row)",
            valueName: "auto | on | off"
        )
    )
    var batching: String?

    @Flag(
        inversion: .prefixedNo,
        help:
            "Whether answers are kept for whoever asks the same again. (default: as the endpoint has it, at first not)"
    )
    var cache: Bool?

    @OptionGroup var options: ClientOptions

    func validate() throws {
        _ = try choice()
    }

    func run(_ client: MartletClient, _ output: Output) async throws {
        let deployed = try await client.deploy(
            model,
            try choice(),
            endpoint: endpoint,
            MartletClient.EndpointWishes(replicas: replicas, batching: batching, caching: cache)
        )
        output.done(
            deployed.json,
            "Endpoint '\(deployed.name)' serves version \(deployed.modelVersion) of '\(deployed.modelName)'."
        )
    }

    private func choice() throws -> MartletClient.VersionChoice {
        switch (version, stage, alias) {
        case (let version?, nil, nil): return .version(version)
        case (nil, let stage?, nil): return .stage(stage)
        case (nil, nil, let alias?): return .alias(alias)
        default: throw ValidationError("Say which version: its number, --stage or --alias, one of them.")
        }
    }
}
