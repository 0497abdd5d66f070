import Kernel

extension MartletClient {
    private static let serving = "/api/v1/mlflow/serving"

    /// Which version of a model is meant.
    package enum VersionChoice: Sendable, Hashable {
        case version(String)
        case stage(String)
        case alias(String)
    }

    /// All endpoints.
    package func endpoints() -> Pages<Endpoint> {
        Pages("endpoints") { _ throws(ClientError) in try await get(Self.serving + "/endpoints") }
    }

    /// The endpoint of that name.
    ///
    /// - Throws: ``ClientError``.
    package func endpoint(_ name: String) async throws(ClientError) -> Endpoint {
        Endpoint(try await get(Self.serving + "/endpoints/" + PercentEncoding.encode(name)))
    }

    /// Serves a version at `endpoint`, or at one named as the model; an endpoint that exists moves to it.
    ///
    /// - Throws: ``ClientError``.
    package func deploy(
        _ model: String,
        _ choice: VersionChoice,
        endpoint: String? = nil
    ) async throws(ClientError) -> Endpoint {
        var body: JSONObject = ["model_name": .string(model), "endpoint": .optional(endpoint)]
        switch choice {
        case .version(let version): body["version"] = .string(version)
        case .stage(let stage): body["stage"] = .string(stage)
        case .alias(let alias): body["alias"] = .string(alias)
        }
        return Endpoint(try await send(Self.serving + "/deploy", body))
    }

    /// Ends an endpoint.
    ///
    /// - Throws: ``ClientError``.
    package func deleteEndpoint(_ name: String) async throws(ClientError) {
        _ = try await send(Self.serving + "/endpoints/" + PercentEncoding.encode(name), [:], method: .delete)
    }
}
