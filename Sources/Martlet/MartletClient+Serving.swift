package import Kernel

extension MartletClient {
    private static let serving = "/api/v1/mlflow/serving"

    /// Which version of a model is meant.
    package enum VersionChoice: Sendable, Hashable {
        case version(String)
        case stage(String)
        case alias(String)
    }

    /// How a model is run.
    package struct EndpointWishes: Sendable, Hashable {
        /// The processes; nil for as many as the endpoint has.
        package var replicas: Int?
        /// `auto`, `on` or `off`; nil for what the endpoint has.
        package var batching: String?
        /// Whether answers are kept; nil for what the endpoint has.
        package var caching: Bool?

        /// Nothing but what is given.
        package init(replicas: Int? = nil, batching: String? = nil, caching: Bool? = nil) {
            self.replicas = replicas
            self.batching = batching
            self.caching = caching
        }
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
        endpoint: String? = nil,
        _ wishes: EndpointWishes = EndpointWishes()
    ) async throws(ClientError) -> Endpoint {
        var body: JSONObject = ["model_name": .string(model), "endpoint": .optional(endpoint)]
        if let replicas = wishes.replicas { body["replicas"] = .integer(Int64(replicas)) }
        if let batching = wishes.batching { body["batching"] = .string(batching) }
        if let caching = wishes.caching { body["caching"] = .boolean(caching) }
        switch choice {
        case .version(let version): body["version"] = .string(version)
        case .stage(let stage): body["stage"] = .string(stage)
        case .alias(let alias): body["alias"] = .string(alias)
        }
        return Endpoint(try await send(Self.serving + "/deploy", body))
    }

    /// Shares the requests of an endpoint out by `traffic`, a policy with its variants.
    ///
    /// - Throws: ``ClientError``.
    package func setTraffic(_ name: String, _ traffic: JSONObject) async throws(ClientError) -> Endpoint {
        let path = Self.serving + "/endpoints/" + PercentEncoding.encode(name) + "/traffic"
        return Endpoint(try await send(path, traffic, method: .put))
    }

    /// What an endpoint takes and gives.
    ///
    /// - Throws: ``ClientError``; `notFound` where nothing is said.
    package func contract(_ name: String) async throws(ClientError) -> Contract {
        Contract(try await get(Self.contractPath(name)))
    }

    /// Holds an endpoint to `contract`, in the place of the one that it had.
    ///
    /// - Throws: ``ClientError``.
    package func setContract(_ name: String, _ contract: JSONObject) async throws(ClientError) -> Contract {
        Contract(try await send(Self.contractPath(name), contract, method: .put))
    }

    /// Takes an endpoint's contract away.
    ///
    /// - Throws: ``ClientError``.
    package func removeContract(_ name: String) async throws(ClientError) {
        _ = try await send(Self.contractPath(name), [:], method: .delete)
    }

    private static func contractPath(_ name: String) -> String {
        serving + "/endpoints/" + PercentEncoding.encode(name) + "/contract"
    }

    /// Brings back what an endpoint served before.
    ///
    /// - Throws: ``ClientError``.
    package func rollBack(_ name: String) async throws(ClientError) -> Endpoint {
        Endpoint(try await send(Self.serving + "/endpoints/" + PercentEncoding.encode(name) + "/rollback", [:]))
    }

    /// What the policies of an endpoint have compared, newest first.
    ///
    /// - Throws: ``ClientError``.
    package func rollouts(_ name: String) async throws(ClientError) -> [Rollout] {
        let answer = try await get(Self.serving + "/endpoints/" + PercentEncoding.encode(name) + "/rollouts")
        return (answer.member(["rollouts"])?.arrayValue ?? []).map { Rollout($0) }
    }

    /// Ends an endpoint.
    ///
    /// - Throws: ``ClientError``.
    package func deleteEndpoint(_ name: String) async throws(ClientError) {
        _ = try await send(Self.serving + "/endpoints/" + PercentEncoding.encode(name), [:], method: .delete)
    }
}
